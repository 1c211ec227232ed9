using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Skips a reshape that another one follows.</summary>
internal sealed record MergeReshapesPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var merged = 0;
        foreach (var second in graph.Node.Where(node => node.OpType == "Reshape").ToArray())
        {
            var index = new GraphIndex(graph);
            if (index.Producer(second.Input[0]) is not { OpType: "Reshape" } first || second.Int("allowzero", 0) != 0 || first.Int("allowzero", 0) != 0)
                continue;
            if (index.Constant(first.Input[1])?.Longs() is not { } before || index.Constant(second.Input[1])?.Longs() is not { } sizes)
                continue;
            if (Direct(before, sizes) is not { } direct)
                continue;
            var name = index.Fresh($"{GraphWriter.ConstantPrefix}shape_{string.Join('x', direct.Skip(1))}");
            graph.Initializer.Add(TensorValues.List(name, direct));
            second.Input[0] = first.Input[0];
            second.Input[1] = name;
            merged++;
        }

        return merged;
    }

    // a 0 copies a dimension of what lies between: it must be one that the first reshape copied or gave, or can be left to -1
    private static long[]? Direct(long[] before, long[] sizes)
    {
        var direct = (long[])sizes.Clone();
        for (var axis = 0; axis < direct.Length; axis++)
        {
            if (direct[axis] != 0 || (axis < before.Length && before[axis] == 0))
                continue;
            if (axis < before.Length && before[axis] > 0)
                direct[axis] = before[axis];
            else if (!direct.Contains(-1))
                direct[axis] = -1;
            else
                return null;
        }

        return direct;
    }
}
