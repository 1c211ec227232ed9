using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Where the channels of a value are behind a node that treats all channels alike.</summary>
internal static class ChannelMoves
{
    /// <summary>What a node does to the channels of what it reads.</summary>
    /// <param name="Axis">The axis of channels in its outputs.</param>
    /// <param name="KeepsShift">Whether a constant added to each channel before is the same constant behind; a factor always is.</param>
    public readonly record struct Move(int Axis, bool KeepsShift);

    /// <summary>Follows channels through a node.</summary>
    /// <param name="node">Reads <paramref name="value"/>.</param>
    /// <param name="value">The value.</param>
    /// <param name="axis">Its axis of channels.</param>
    /// <param name="index">The graph.</param>
    /// <param name="layouts">Shapes.</param>
    /// <returns><see langword="null"/> where the node mixes channels, cuts them, or is not linear in each.</returns>
    public static Move? Through(NodeProto node, string value, int axis, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        if (!layouts.TryGetValue(value, out var from) || !layouts.TryGetValue(node.Output[0], out var to) || node.Input[0] != value || node.Input.Skip(1).Contains(value))
            return null;
        var rank = from.Dimensions.Length;
        switch (node.OpType)
        {
            case "Identity" or "Dropout":
                return new Move(axis, true);
            case "Transpose":
                var order = node.Ints("perm") ?? [.. Enumerable.Range(0, rank).Reverse().Select(each => (long)each)];
                return new Move(Array.IndexOf(order, axis), true);
            case "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze":
                return Regrouped(from, to, axis) is { } found ? new Move(found, true) : null;
            case "Gather":
                var along = Positive(node.Int("axis", 0), rank);
                return along == axis ? null : new Move(along < axis ? axis + to.Dimensions.Length - rank : axis, true);
            case "Split":
                return Positive(node.Int("axis", 0), rank) == axis ? null : new Move(axis, true);
            case "Slice":
                return node.Input.Count > 3 && index.Constant(node.Input[3])?.Longs() is { } axes && axes.All(each => Positive(each, rank) != axis) ? new Move(axis, true) : null;
            case "Expand":
                return to.Dimensions.Length - rank is var more && to.Dimensions[axis + more] == from.Dimensions[axis] ? new Move(axis + more, true) : null;
            case "Pad":
                // only zeros keep a factor
                return node.Text("mode", "constant") == "constant" && node.Input.Count is 2 or 3 && (node.Input.Count == 2 || node.Input[2].Length == 0 || index.Constant(node.Input[2])?.Floats() is [0])
                    && index.Constant(node.Input[1])?.Longs() is { } pads && pads.Length == 2 * rank && pads[axis] == 0 && pads[axis + rank] == 0 ? new Move(axis, false) : null;
            case "MaxPool" or "AveragePool" or "GlobalAveragePool" or "Relu":
                return axis == 1 || node.OpType == "Relu" ? new Move(axis, false) : null;
            case "LeakyRelu":
                return new Move(axis, false);
            case "Resize":
                return axis == 1 && to.Dimensions[axis] == from.Dimensions[axis] ? new Move(axis, false) : null;
            case "MatMul":
                // a constant matrix along another axis, as pooling is written
                return axis != rank - 1 && index.Constant(node.Input[1]) is { Dims.Count: 2 } ? new Move(axis, false) : null;
            default:
                return null;
        }
    }

    /// <summary>The axis of channels after a change of shape that keeps the order of elements.</summary>
    public static int? Regrouped(ValueLayout from, ValueLayout to, int axis)
    {
        var inner = from.Dimensions.Skip(axis + 1).Aggregate(1L, (all, size) => all * size);
        for (int at = to.Dimensions.Length - 1; at >= 0; at--)
        {
            if (to.Dimensions.Skip(at + 1).Aggregate(1L, (all, size) => all * size) == inner && to.Dimensions[at] == from.Dimensions[axis])
                return at;
        }

        return null;
    }

    /// <summary>An axis counted from the front.</summary>
    public static int Positive(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}
