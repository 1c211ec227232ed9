using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Who reads the channels of a value, through nodes that treat all channels alike.</summary>
/// <param name="Readers">Products with constant weights.</param>
/// <param name="Obstacle">What else reads them; <see langword="null"/> where nothing does.</param>
internal sealed record ChannelFlow(IReadOnlyList<ChannelReader> Readers, string? Obstacle)
{
    /// <summary>Follows a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="axis">Its axis of channels.</param>
    /// <param name="index">The graph.</param>
    /// <param name="layouts">Shapes.</param>
    public static ChannelFlow From(string value, int axis, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        var readers = new List<ChannelReader>();
        var open = new Stack<(string Value, int Axis, bool KeepsShift)>();
        open.Push((value, axis, true));
        while (open.TryPop(out var at))
        {
            if (index.IsOutput(at.Value))
                return new ChannelFlow(readers, $"{at.Value} leaves the graph");
            foreach (var node in index.Consumers(at.Value))
            {
                if (Reader(node, at.Value, at.Axis, at.KeepsShift, index, layouts) is { } reader)
                    readers.Add(reader);
                else if (ChannelMoves.Through(node, at.Value, at.Axis, index, layouts) is { } move)
                    node.Output.Where(output => output.Length > 0 && index.Consumers(output).Count + (index.IsOutput(output) ? 1 : 0) > 0).ToList().ForEach(output => open.Push((output, move.Axis, at.KeepsShift && move.KeepsShift)));
                else
                    return new ChannelFlow(readers, $"{node.OpType} {node.Name} reads them");
            }
        }

        return new ChannelFlow(readers, readers.Count == 0 ? "no product reads them" : null);
    }

    /// <summary>A node as a product that sums over these channels.</summary>
    public static ChannelReader? Reader(NodeProto node, string value, int axis, bool keepsShift, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        if (node.OpType is not ("Conv" or "Gemm" or "MatMul") || node.Input[0] != value || node.Input.Skip(1).Contains(value) || Product.Of(node, index, layouts) is not { Found.Weight: not null })
            return null;
        var last = layouts[value].Dimensions.Length - 1;
        return (node.OpType == "Conv" ? axis == 1 : axis == last) ? new ChannelReader(node, keepsShift && TakesShift(node, index)) : null;
    }

    // padding is zero whatever the channels' shift
    private static bool TakesShift(NodeProto node, GraphIndex index) => node.OpType == "Conv"
        ? node.Text("auto_pad", "NOTSET") is "NOTSET" or "VALID" && (node.Ints("pads") ?? []).All(pad => pad == 0)
        : LayerBias.Has(node, index);
}
