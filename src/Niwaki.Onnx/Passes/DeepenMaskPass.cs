using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Lowers the -100 of an attention mask to -200: exp(-100) is a denormal number, which processors compute with many times slower, and
/// exp(-200) is zero. Only where scores differ by so little that nothing shows behind -100 in any case: a trained network can see through it.
/// </summary>
internal sealed record DeepenMaskPass : Pass
{
    private const float Deep = -200;

    // exp of anything lower is denormal or zero in float32
    private const float Denormal = -87;
    private const int Draws = 3;

    /// <summary>How far apart scores of a row may be on random inputs: half of what leaves exp(-100) below the rounding of the others.</summary>
    public double MaxSpread { get; init; } = 42;

    /// <summary>Masks that are slow, with what each is added to.</summary>
    public static IReadOnlyList<(TensorProto Mask, IReadOnlyList<string> Scores)> Masks(ModelProto model)
    {
        var index = new GraphIndex(model.Graph);
        var found = new List<(TensorProto Mask, IReadOnlyList<string> Scores)>();
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.Type() == TensorProto.Types.DataType.Float && tensor.Elements() > 1 && tensor.DataLocation != TensorProto.Types.DataLocation.External))
        {
            var readers = index.Consumers(tensor.Name);
            if (readers.Count == 0 || !readers.All(reader => reader.IsA("Add") && EndsInSoftmax(index, reader)))
                continue;
            var values = tensor.Floats();
            // a mask holds zeros and one number; biases have all kinds
            var low = values.Min();
            if (low is <= Denormal and > Deep && values.All(value => value == 0 || value == low))
                found.Add((tensor, [.. readers.Select(reader => reader.Input[0] == tensor.Name ? reader.Input[1] : reader.Input[0])]));
        }

        return found;
    }

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var masks = Masks(model);
        if (masks.Count == 0)
            return 0;
        var spread = Spreads(model, [.. masks.SelectMany(mask => mask.Scores).Distinct(StringComparer.Ordinal)]);
        var changed = 0;
        foreach (var (mask, scores) in masks.Where(mask => mask.Scores.All(value => spread.TryGetValue(value, out var wide) && wide <= MaxSpread)))
        {
            model.Graph.SetInitializer(TensorValues.Of(mask.Name, mask.Shape(), (float[])[.. mask.Floats().Select(value => value == 0 ? 0 : Deep)]));
            changed++;
        }

        return changed;
    }

    private static bool EndsInSoftmax(GraphIndex index, NodeProto add)
    {
        for (var node = index.OnlyConsumer(add.Output[0]); node is not null; node = index.OnlyConsumer(node.Output[0]))
        {
            if (node.OpType == "Softmax")
                return true;
            if (!node.IsA("Add") && !(MoveTrace.Moves(node) && MoveTrace.IsView(node)))
                return false;
        }

        return false;
    }

    // the largest difference within a row, on noise and on smooth pictures
    private static Dictionary<string, double> Spreads(ModelProto model, string[] values)
    {
        var spreads = new Dictionary<string, double>(StringComparer.Ordinal);
        var inputs = GraphShapes.Inputs(model.Graph).ToArray();
        if (inputs.Any(input => !RandomInput.Fits(input)))
            return spreads;
        var exposed = model.Clone();
        exposed.Graph.Output.Clear();
        exposed.Graph.Output.AddRange(values.Select(value => new ValueInfoProto { Name = value }));
        using var session = new OrtRuntime { Threads = Environment.ProcessorCount, Optimization = GraphOptimizationLevel.ORT_DISABLE_ALL }.Open(exposed, "scores");
        using var options = new RunOptions();
        var random = new Random(1);
        for (var draw = 0; draw < Draws; draw++)
        {
            var given = inputs.Where(input => session.InputMetadata.ContainsKey(input.Name)).ToDictionary(input => input.Name, input => new RandomInput(input, 1, random, isSmooth: draw > 0).Value());
            try
            {
                using var results = OrtRuntime.Guard("scores", () => session.Run(options, given, values));
                for (var i = 0; i < values.Length; i++)
                {
                    var row = (int)results[i].GetTensorTypeAndShape().Shape[^1];
                    var scores = results[i].GetTensorDataAsSpan<float>();
                    var widest = spreads.GetValueOrDefault(values[i]);
                    for (var at = 0; at + row <= scores.Length; at += row)
                    {
                        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
                        foreach (var score in scores.Slice(at, row))
                            (low, high) = (Math.Min(low, score), Math.Max(high, score));
                        widest = Math.Max(widest, high - low);
                    }

                    spreads[values[i]] = double.IsNaN(widest) ? double.PositiveInfinity : widest;
                }
            }
            finally
            {
                foreach (var value in given.Values)
                    value.Dispose();
            }
        }

        return spreads;
    }
}
