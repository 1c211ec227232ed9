using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>What a graph of any origin gives, seen by running it once.</summary>
/// <param name="Name">The output that is the segmentation.</param>
/// <param name="Shape">Its sizes for one picture.</param>
/// <param name="Classes">How many classes it tells apart; <see langword="null"/> where labels alone come out.</param>
internal sealed record ForeignOutput(string Name, long[] Shape, int? Classes)
{
    /// <summary>Runs the graph once and looks.</summary>
    /// <exception cref="StageException">It does not run, or gives no scores and no labels.</exception>
    public static ForeignOutput Of(ModelProto model, Preprocess preprocess, string where)
    {
        using var session = new OrtRuntime { Threads = Environment.ProcessorCount }.Open(WithScores(model, out var scores), where);
        using var options = new RunOptions();
        var (input, metadata) = session.InputMetadata.First();
        long[] shape = [Math.Max(1, metadata.Dimensions[0]), 3, preprocess.Height, preprocess.Width];
        using var picture = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, metadata.ElementDataType, shape);
        var name = MainOutput.Of(session, model.Graph.Output.Select(output => output.Name));
        string[] asked = scores.TryGetValue(name, out var before) ? [name, before] : [name];
        using var results = OrtRuntime.Guard(where, () => session.Run(options, [input], [picture], asked));
        var type = results[0].GetTensorTypeAndShape();
        var sizes = type.Shape;
        return type.ElementDataType switch
        {
            TensorElementType.Float or TensorElementType.Float16 when sizes is [_, _, _, _] or [_, _] => new ForeignOutput(name, sizes, (int)sizes[1]),
            TensorElementType.UInt8 or TensorElementType.Int32 or TensorElementType.Int64 when sizes.Length is 3 or 4 =>
                new ForeignOutput(name, sizes, asked.Length > 1 ? (int)results[1].GetTensorTypeAndShape().Shape[1] : null),
            var other => throw new StageException($"{where}: its output {name} is {other} [{string.Join(", ", sizes)}]; scores [batch, classes, height, width] or a label map [batch, height, width] are needed. Export a segmentation network."),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{string.Join(", ", Shape)}]";

    // an ArgMax over channels behind a label map tells how many classes there are
    private static ModelProto WithScores(ModelProto model, out Dictionary<string, string> scores)
    {
        scores = new(StringComparer.Ordinal);
        var index = new GraphIndex(model.Graph);
        var exposed = model.Clone();
        foreach (var output in model.Graph.Output)
        {
            var node = index.Producer(output.Name);
            while (node is { OpType: "Cast" or "Squeeze" or "Reshape" or "Identity" or "Unsqueeze" })
                node = index.Producer(node.Input[0]);
            if (node is not { OpType: "ArgMax" } || node.Int("axis", 0) is not (1 or -3))
                continue;
            scores[output.Name] = node.Input[0];
            if (!index.IsOutput(node.Input[0]) && exposed.Graph.Output.All(each => each.Name != node.Input[0]))
                exposed.Graph.Output.Add(new ValueInfoProto { Name = node.Input[0] });
        }

        return exposed;
    }
}
