using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Writes a <see cref="MoveForm"/> as nodes.</summary>
/// <param name="graph">Receives constants.</param>
/// <param name="index">Gives fresh names.</param>
internal sealed class MoveWriter(GraphProto graph, GraphIndex index)
{
    /// <summary>The nodes, in order; the last one gives <paramref name="result"/>.</summary>
    /// <param name="form">What is done.</param>
    /// <param name="source">The value that is moved.</param>
    /// <param name="from">Its layout.</param>
    /// <param name="result">The value that is given.</param>
    /// <param name="to">Its layout.</param>
    public IReadOnlyList<NodeProto> Write(MoveForm form, string source, ValueLayout from, string result, ValueLayout to)
    {
        var nodes = new List<NodeProto>();
        var isFree = from.Varies.Any(varies => varies);
        var at = source;
        if (form is TransposeMoveForm { Order.Length: > 1 } || form is GatherMoveForm)
        {
            long[] split = isFree ? [-1, .. form.Split.Select(size => (long)size)] : [.. form.Split.Select(size => (long)size)];
            if (!from.Dimensions.SequenceEqual(isFree ? [1, .. form.Split] : form.Split))
                at = Reshape(nodes, at, index.Fresh($"{result}_split"), split);
            var moved = index.Fresh($"{result}_moved");
            nodes.Add(form switch
            {
                TransposeMoveForm transpose => Node("Transpose", moved, at).With("perm", isFree ? [0, .. transpose.Order.Select(axis => axis + 1L)] : (long[])[.. transpose.Order.Select(axis => (long)axis)]),
                GatherMoveForm gather => Node("Gather", moved, at, Places(gather.Places)).With("axis", isFree ? 1 : 0),
                _ => throw new ArgumentException($"{form} cannot be written.", nameof(form)),
            });
            int[] shape = form switch
            {
                TransposeMoveForm transpose => [.. transpose.Order.Select(axis => form.Split[axis])],
                GatherMoveForm gather => [gather.Places.Length, form.Split[1]],
                _ => [],
            };
            if (to.Dimensions.SequenceEqual(isFree ? [1, .. shape] : shape))
            {
                nodes[^1].Output[0] = result;
                return nodes;
            }

            at = moved;
        }

        Reshape(nodes, at, result, [.. to.Dimensions.Select((size, axis) => to.Varies[axis] ? -1L : size)]);
        return nodes;
    }

    /// <summary>A list of places or sizes; equal ones are stored once.</summary>
    private string List(string wish, long[] values)
    {
        var name = $"{GraphWriter.ConstantPrefix}{wish}";
        if (index.Constant(name) is { Dims.Count: 1 } old && old.Type() == TensorProto.Types.DataType.Int64 && old.Longs().AsSpan().SequenceEqual(values))
            return name;
        if (graph.Initializer.FirstOrDefault(tensor => tensor.Name == name) is { Dims.Count: 1 } added && added.Type() == TensorProto.Types.DataType.Int64 && added.Longs().AsSpan().SequenceEqual(values))
            return name;
        name = index.Fresh(name);
        graph.Initializer.Add(TensorValues.List(name, values));
        return name;
    }

    private string Places(long[] places)
    {
        // windows of equal size move equally: their places are one constant
        foreach (var tensor in graph.Initializer.Where(tensor => tensor.Name.StartsWith($"{GraphWriter.ConstantPrefix}rows", StringComparison.Ordinal) && tensor.Dims is [var count] && count == places.Length))
        {
            if (tensor.Longs().AsSpan().SequenceEqual(places))
                return tensor.Name;
        }

        return List("rows", places);
    }

    private string Reshape(List<NodeProto> nodes, string value, string result, long[] sizes)
    {
        nodes.Add(Node("Reshape", result, value, List($"shape_{string.Join('x', sizes)}", sizes)));
        return result;
    }

    private NodeProto Node(string type, string result, params string[] inputs)
    {
        var node = new NodeProto { OpType = type, Name = index.Fresh($"{result}_{type.ToLowerInvariant()}") };
        node.Input.Add(inputs);
        node.Output.Add(result);
        return node;
    }
}
