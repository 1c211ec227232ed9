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
            if (index.Constant(second.Input[1])?.Longs() is not { } sizes || index.Constant(first.Input[1])?.Longs() is not { } before)
                continue;

            // a 0 copies a dimension of what lies between: it must be one that the first reshape copied too, or can be left to -1
            for (var axis = 0; axis < sizes.Length; axis++)
            {
                if (sizes[axis] != 0 || (axis < before.Length && before[axis] == 0))
                    continue;
                sizes[axis] = axis < before.Length && before[axis] > 0 ? before[axis] : sizes.Contains(-1) ? 0 : -1;
                if (sizes[axis] == 0)
                    goto next;
            }

            var name = index.Fresh($"{GraphWriter.ConstantPrefix}shape_{string.Join('x', sizes.Skip(1))}");
            graph.Initializer.Add(TensorValues.List(name, sizes));
            second.Input[0] = first.Input[0];
            second.Input[1] = name;
            merged++;
        next:;
        }

        return merged;
    }
}
