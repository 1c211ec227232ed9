using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Runs the pruned network beside the dense one with zeros in place of what was cut: they must agree.</summary>
internal static class PruningProof
{
    // of the range of the dense network's logits: float32 sums in another order stay below a tenth of it
    private const double Tolerance = 1e-4;
    private const int Pictures = 4;

    /// <exception cref="StageException">They do not agree.</exception>
    public static void Check(Prune options, TorchModel dense, ChannelCut cut, StageContext context)
    {
        var vocabulary = context.Vocabulary;
        var preprocess = dense.Preprocess(vocabulary);
        var graph = ChannelOps.Of(dense.Architecture(vocabulary).WithoutAuxiliary(), preprocess.Height, preprocess.Width);
        var pruned = vocabulary.Read<Architecture>(File.ReadAllText(context.PathOf(TorchModel.ArchitectureFile)), context.PathOf(TorchModel.ArchitectureFile));
        var weights = PruningRounds.Held(options, graph, dense.Weights(vocabulary), preprocess, cut, context);
        using var zeroed = Network.Of(graph.Architecture, graph.Height, graph.Width, graph.Zero(weights, cut));
        using var narrow = Network.Of(pruned, graph.Height, graph.Width, SafeTensors.Read(context.PathOf(TorchModel.WeightsFile)));
        using var scope = torch.NewDisposeScope();
        using var inference = torch.no_grad();

        Compare("noise", torch.randn(2, 3, graph.Height, graph.Width, generator: new torch.Generator((ulong)context.Seed)));
        if (Real(preprocess, context) is { } pictures)
            Compare($"{pictures.shape[0]} validation pictures", pictures);

        void Compare(string what, torch.Tensor images)
        {
            var expected = zeroed.Forward(images);
            var range = (expected.max() - expected.min()).item<float>();
            var difference = (narrow.Forward(images) - expected).abs().max().item<float>();
            context.Log.Say($"proof on {what}: the largest difference to the dense network with zeros is {difference:0.0e+0}, {difference / range:0.0e+0} of the range");
            if (!(difference <= Tolerance * range))
                throw new StageException($"prune: on {what} the pruned network differs from the dense one with the same channels zeroed by {difference:0.0e+0}, which is more than {Tolerance:0.0e+0} of the range {range:0.000}. This is a defect of Niwaki: please report it with the model's architecture.json.");
        }
    }

    private static torch.Tensor? Real(Preprocess preprocess, StageContext context)
    {
        if (context.Data is not { } data)
            return null;
        try
        {
            var set = data.Open(Split.Validation);
            var pictures = Enumerable.Range(0, Math.Min(Pictures, set.Count)).SelectMany(i => preprocess.Apply(set.Load(i).Image)).ToArray();
            return TensorCopies.FloatsOf(pictures, [pictures.Length / (3 * preprocess.Height * preprocess.Width), 3, preprocess.Height, preprocess.Width]);
        }
        catch (StageException problem)
        {
            context.Log.Say($"proof without real pictures: {problem.Message}");
            return null;
        }
    }
}
