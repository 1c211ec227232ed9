using Google.Protobuf;
using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>Writes what some exporters write otherwise than the engine and the passes take it; what the graph computes stays.</summary>
internal static class ForeignGraph
{
    /// <summary>Changes a graph in place.</summary>
    /// <returns>What was done, for people.</returns>
    /// <exception cref="StageException">A constant that is there twice, or a damaged sparse one.</exception>
    public static IReadOnlyList<string> Tidy(ModelProto model, string where)
    {
        if (model.Graph.Initializer.Select(tensor => tensor.Name).Concat(model.Graph.SparseInitializer.Select(tensor => tensor.Values?.Name ?? string.Empty)).GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new StageException($"{where}: has {twice.Count()} constants of the name {twice.Key}, and nothing says which one is meant. Export it again.");
        var done = new List<string>();
        if (Sort(model.Graph, where))
            done.Add("Its nodes are sorted now: some came before what they read.");
        if (LocalFunctions.Inline(model, where) is > 0 and var calls)
            done.Add($"{calls} {(calls == 1 ? "call" : "calls")} of the file's own functions became the nodes inside of them.");
        if (Dense(model.Graph, where) is > 0 and var sparse)
            done.Add($"{sparse} sparse {(sparse == 1 ? "constant is" : "constants are")} written out, as ONNX Runtime computes with them.");
        if (Rename(model.Graph) is > 0 and var renamed)
            done.Add($"{renamed} nodes had the name of another one and got names of their own.");
        var types = WideningToFloat32.Unsupported(model);
        if (types.Count > 0 && WideningToFloat32.Apply(model, types) > 0)
            done.Add($"Its {string.Join(" and ", types)} numbers became float32: ONNX Runtime has no products of the others on processors.");
        return done;
    }

    private static bool Sort(GraphProto graph, string where)
    {
        IReadOnlyList<NodeProto> order;
        try
        {
            order = new GraphIndex(graph).TopologicalOrder();
        }
        catch (StageException problem)
        {
            throw new StageException($"{where}: {problem.Message}", problem);
        }

        if (order.Zip(graph.Node).All(pair => ReferenceEquals(pair.First, pair.Second)))
            return false;
        graph.Node.Clear();
        graph.Node.AddRange(order);
        return true;
    }

    private static int Rename(GraphProto graph)
    {
        var index = new GraphIndex(graph);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var renamed = 0;
        foreach (var node in graph.Node)
        {
            if (node.Name.Length > 0 && !seen.Add(node.Name))
            {
                seen.Add(node.Name = index.Fresh(node.Name));
                renamed++;
            }

            renamed += node.Nested().Sum(Rename);
        }

        return renamed;
    }

    private static int Dense(GraphProto graph, string where)
    {
        var written = 0;
        foreach (var sparse in graph.SparseInitializer.ToArray())
        {
            if (sparse.Values is not { } values || sparse.Indices is not { } indices || values.Type() is not (DataType.Float or DataType.Double or DataType.Float16 or DataType.Int64 or DataType.Int32 or DataType.Int8 or DataType.Uint8))
                continue;
            graph.Initializer.Add(Dense(sparse, values, indices.Longs(), where));
            graph.SparseInitializer.Remove(sparse);
            written++;
        }

        return written;
    }

    private static TensorProto Dense(SparseTensorProto sparse, TensorProto values, long[] indices, string where)
    {
        var size = TensorValues.SizeOf(values.Type())!.Value;
        var (count, rank) = (checked((int)values.Elements()), sparse.Dims.Count);
        var elements = sparse.Dims.Aggregate(1.0, (product, each) => product * each);
        if (sparse.Dims.Any(each => each < 0) || elements * size > Array.MaxLength || (indices.Length != count && indices.Length != count * (long)rank))
            throw new StageException($"{where}: the sparse constant {values.Name} [{string.Join(", ", sparse.Dims)}] has {count} values at {indices.Length} indices. The file is damaged: export it again.");
        var from = values.HasRawData ? values.RawData.Span : Raw(values).RawData.Span;
        var bytes = new byte[(int)elements * size];
        for (var i = 0; i < count; i++)
        {
            // one number counts elements, or there is one for each axis
            long place = 0;
            if (indices.Length == count)
                place = indices[i];
            else
                for (var axis = 0; axis < rank; axis++)
                    place = (place * sparse.Dims[axis]) + indices[(i * rank) + axis];
            if (place < 0 || place >= elements)
                throw new StageException($"{where}: the sparse constant {values.Name} [{string.Join(", ", sparse.Dims)}] has a value at {place}, outside of it. The file is damaged: export it again.");
            from.Slice(i * size, size).CopyTo(bytes.AsSpan((int)place * size));
        }

        var dense = new TensorProto { Name = values.Name, DataType = values.DataType, RawData = UnsafeByteOperations.UnsafeWrap(bytes) };
        dense.Dims.AddRange(sparse.Dims);
        return dense;
    }

    private static TensorProto Raw(TensorProto values) => values.Type() switch
    {
        DataType.Float => TensorValues.Of(values.Name, values.Shape(), values.Floats()),
        DataType.Int64 => TensorValues.Of(values.Name, values.Shape(), values.Longs()),
        DataType.Int32 => TensorValues.Of(values.Name, values.Shape(), [.. values.Longs().Select(value => (int)value)]),
        DataType.Int8 => TensorValues.Of(values.Name, values.Shape(), [.. values.Longs().Select(value => (sbyte)value)]),
        DataType.Uint8 => TensorValues.Of(values.Name, values.Shape(), [.. values.Longs().Select(value => (byte)value)]),
        DataType.Float16 => TensorValues.Of(values.Name, values.Shape(), [.. values.Floats().Select(value => (System.Half)value)]),
        var other => throw new ArgumentException($"{values.Name} is {other}.", nameof(values)),
    };
}
