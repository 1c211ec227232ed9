using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Mean and variance of what layers read, for each input channel, over calibration pictures. No labels are needed.</summary>
/// <param name="Means">By layer.</param>
/// <param name="Variances">By layer.</param>
internal sealed record InputStatistics(IReadOnlyDictionary<string, double[]> Means, IReadOnlyDictionary<string, double[]> Variances)
{
    private const int Together = 4;

    public static InputStatistics Of(ImportanceRequest request, int pictures)
    {
        var (graph, groups, weights, preprocess, context) = request;
        var layers = groups.SelectMany(group => group.Slices).Where(slice => slice.Reads).Select(slice => slice.Parameter[..slice.Parameter.LastIndexOf('.')]).ToHashSet(StringComparer.Ordinal);
        var sums = new Dictionary<string, (double[] Sum, double[] Squares, double Count)>(StringComparer.Ordinal);
        using var network = Network.Of(graph.Architecture, graph.Height, graph.Width, weights);
        using var inference = torch.no_grad();
        using var loader = new BatchLoader(context.RequireData().Open(Split.Train), preprocess, new BatchLoaderOptions { Batch = Together, Seed = context.Seed });
        var batches = (pictures + Together - 1) / Together;
        for (var i = 0; i < batches; i++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            context.Log.Progress("measure activations", i, batches);
            using var scope = torch.NewDisposeScope();
            using var batch = loader.Next();
            network.Forward(TensorCopies.FloatsOf(batch.Images, [batch.Count, 3, batch.Height, batch.Width]), new ForwardOptions { Observe = Listen });
        }

        context.Log.Progress("measure activations", batches, batches);
        return new InputStatistics(
            sums.ToDictionary(layer => layer.Key, layer => (double[])[.. layer.Value.Sum.Select(sum => sum / layer.Value.Count)]),
            sums.ToDictionary(layer => layer.Key, layer => (double[])[.. layer.Value.Sum.Zip(layer.Value.Squares, (sum, squares) => Math.Max(0, (squares / layer.Value.Count) - Math.Pow(sum / layer.Value.Count, 2)))]));

        void Listen(string name, torch.Tensor input)
        {
            if (!layers.Contains(name))
                return;
            using var scope = torch.NewDisposeScope();
            var channels = input.dim() == 4 && graph.Parameters[$"{name}.weight"].Role == ParameterRole.ConvWeight ? 1 : (int)input.dim() - 1;
            long[] others = [.. Enumerable.Range(0, (int)input.dim()).Where(axis => axis != channels).Select(axis => (long)axis)];
            var sum = input.sum(others, type: torch.float64).data<double>().ToArray();
            var squares = input.square().sum(others, type: torch.float64).data<double>().ToArray();
            var before = sums.GetValueOrDefault(name, (new double[sum.Length], new double[sum.Length], 0));
            sums[name] = ([.. before.Item1.Zip(sum, (a, b) => a + b)], [.. before.Item2.Zip(squares, (a, b) => a + b)], before.Item3 + (input.NumberOfElements / sum.Length));
        }
    }
}
