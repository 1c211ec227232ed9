using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>Skips nodes that give what they take: identities, dropouts, casts there and back, additions of 0, products with 1, slices of all, paddings with nothing.</summary>
internal sealed record RemoveIdentityPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var index = new GraphIndex(graph);
        var gone = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in graph.Node.Where(node => node.Domain is "" or "ai.onnx" && node.Input.Count > 0 && node.Output.Count > 0).ToArray())
        {
            if (index.IsOutput(node.Output[0]) || node.Output.Skip(1).Any(output => output.Length > 0 && (index.IsOutput(output) || index.Consumers(output).Count > 0)))
                continue;
            if (Given(node, index, layouts) is { } given)
                gone[node.Output[0]] = given;
        }

        if (gone.Count == 0)
            return 0;
        foreach (var (value, given) in gone)
        {
            var source = given;
            while (gone.TryGetValue(source, out var before))
                source = before;
            foreach (var reader in index.Consumers(value))
                reader.ReplaceInput(value, source);
        }

        new DeadNodesPass().Apply(model);
        return gone.Count;
    }

    // the input that a node gives again
    private static string? Given(NodeProto node, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        var given = node.Input[0];
        switch (node.OpType)
        {
            case "Identity":
                return given;
            case "Dropout":
                return node.Input.Count < 3 || node.Input[2].Length == 0 || IsFalse(index, node.Input[2]) || (node.Input[1].Length > 0 && index.Number(node.Input[1]) == 0) ? given : null;
            case "Concat" or "Sum" or "Max" or "Min" or "Mean":
                return node.Input.Count == 1 ? given : null;
            case "Cast":
                var to = (DataType)node.Int("to", 0);
                if (IsFloat(layouts, given) && to == DataType.Float)
                    return given;
                return to == DataType.Float && index.Made(given, "Cast") is { } wider && (DataType)wider.Int("to", 0) == DataType.Double && IsFloat(layouts, wider.Input[0]) ? wider.Input[0] : null;
            case "Add" or "Mul" when index.NumberAndOther(node) is var (number, other):
                return number == (node.OpType == "Add" ? 0 : 1) && Same(layouts, other, node) ? other : null;
            case "Sub" or "Div" or "Pow" when index.Number(node.Input[1]) is { } number:
                return number == (node.OpType == "Sub" ? 0 : 1) && Same(layouts, given, node) ? given : null;
            case "Transpose":
                return node.Ints("perm") is { } order && order.Select((axis, i) => axis == i).All(same => same) ? given : null;
            case "Split":
                return node.Output.Count == 1 && Same(layouts, given, node) ? given : null;
            case "Pad":
                return node.Input.Count > 1 && index.Constant(node.Input[1])?.Longs().All(size => size == 0) == true ? given : null;
            case "Slice":
                return Same(layouts, given, node) && (node.Input.Count < 5 || index.Constant(node.Input[4])?.Longs().All(step => step == 1) == true) ? given : null;
            case "Reshape" or "Expand" or "Tile" or "Squeeze" or "Unsqueeze" or "Flatten":
                return Same(layouts, given, node) ? given : null;
            default:
                return null;
        }
    }

    private static bool Same(IReadOnlyDictionary<string, ValueLayout> layouts, string value, NodeProto node) =>
        layouts.TryGetValue(value, out var before) && layouts.TryGetValue(node.Output[0], out var after) && before.Dimensions.AsSpan().SequenceEqual(after.Dimensions) && before.Varies.AsSpan().SequenceEqual(after.Varies);

    private static bool IsFloat(IReadOnlyDictionary<string, ValueLayout> layouts, string value) => layouts.TryGetValue(value, out var layout) && layout.IsFloat;

    private static bool IsFalse(GraphIndex index, string value) => index.Constant(value) is { } tensor && tensor.Type() == DataType.Bool && tensor.Elements() == 1 && tensor.Longs()[0] == 0;
}
