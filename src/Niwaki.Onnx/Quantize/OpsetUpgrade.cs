using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Lifts an older graph (opset 11 or 12) to opset 13, the first whose DequantizeLinear has a scale for each channel. Between them
/// only a softmax over several axes, and axes and splits that became inputs, change what a node means.
/// </summary>
internal static class OpsetUpgrade
{
    /// <summary>The opset that Q/DQ with per-channel scales needs.</summary>
    public const long Needed = 13;
    private const long Oldest = 11;

    /// <summary>Changes the graph in place; newer ones stay as they are.</summary>
    /// <exception cref="StageException">Older than opset 11, or with a node whose meaning would change.</exception>
    public static void Apply(ModelProto model, string where, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        var import = model.OpsetImport.FirstOrDefault(each => each.Domain is "" or "ai.onnx") ?? throw new StageException($"{where}: names no ONNX operator set. Export it again.");
        if (import.Version >= Needed)
            return;
        if (import.Version < Oldest)
            throw new StageException($"{where}: is written in opset {import.Version}; 8-bit graphs need {Needed}, and only {Oldest} and later can be lifted to it. Export it again with opset {Needed}.");
        var index = new GraphIndex(model.Graph);
        foreach (var node in model.Graph.Node.Where(node => node.Domain is "" or "ai.onnx"))
        {
            switch (node.OpType)
            {
                case "Softmax" or "LogSoftmax" or "Hardmax":
                    CheckSoftmax(node, where, layouts);
                    break;
                case "Squeeze" or "Unsqueeze" or "ReduceSum":
                    ToInput(model.Graph, index, node, "axes");
                    break;
                case "Split":
                    ToInput(model.Graph, index, node, "split");
                    break;
            }
        }

        import.Version = Needed;
    }

    private static void CheckSoftmax(NodeProto node, string where, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        // until 12 it went over all axes from this one on; it means the same where the others have one element
        if (!layouts.TryGetValue(node.Input[0], out var layout))
            throw new StageException($"{where}: the shape of {node.Input[0]} is unknown. Export it again with opset {Needed}.");
        var axis = (int)node.Int("axis", 1);
        axis += axis < 0 ? layout.Dimensions.Length : 0;
        if (layout.Dimensions.Skip(axis + 1).Any(size => size != 1))
            throw new StageException($"{where}: {node.OpType} {node.Name} goes over several axes, which opset {Needed} no longer has. Export it again with opset {Needed}.");
        node.With("axis", axis);
    }

    private static void ToInput(GraphProto graph, GraphIndex index, NodeProto node, string attribute)
    {
        if (node.Ints(attribute) is not { } values)
            return;
        node.Attribute.Remove(node.Attribute.First(each => each.Name == attribute));
        var name = index.Fresh($"{node.Output[0]}_{attribute}");
        graph.Initializer.Add(TensorValues.List(name, values));
        node.Input.Add(name);
    }
}
