using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Lets what works on each row by itself (LayerNorm, GELU, residual additions) read and give rows where its data comes as rows from a Gemm: the reshapes to more axes and
/// back, each a node that the engine schedules, go.
/// </summary>
internal sealed record FlattenRowsPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var index = new GraphIndex(graph);
        var rows = new Dictionary<string, string>(StringComparer.Ordinal);
        var before = graph.Node.Count;
        var made = new List<NodeProto>();
        var moved = 0;
        foreach (var node in index.TopologicalOrder())
        {
            if (node.Output.Count == 0 || !layouts.TryGetValue(node.Output[0], out var to) || !to.IsFloat || to.Dimensions.Length < 3 || to.Varies.Count(varies => varies) > 1 || to.Varies[^1])
                continue;
            var value = node.Output[0];
            if (node.IsA("Reshape") && layouts.TryGetValue(node.Input[0], out var from) && from.Dimensions.Length == 2 && from.Dimensions[1] == to.Dimensions[^1])
            {
                rows[value] = node.Input[0];
                continue;
            }

            if (index.IsOutput(value) || Computed(node, index, layouts, to) is not { } inputs || !inputs.Any(rows.ContainsKey))
                continue;
            var sizes = (long[])[to.Varies.Any(varies => varies) ? -1 : to.Elements / to.Dimensions[^1], to.Dimensions[^1]];
            foreach (var input in inputs.Where(input => !rows.ContainsKey(input)))
                made.Add(Reshape(graph, index, input, rows[input] = index.Fresh($"{input}_rows"), sizes));
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = rows.TryGetValue(node.Input[i], out var flat) ? flat : RowWise.IsBinary(node) ? Vector(graph, index, node.Input[i]) : node.Input[i];
            node.Output[0] = rows[value] = index.Fresh($"{value}_rows");
            if (RowWise.Normalized(node, to.Dimensions.Length) is not null)
                node.With("axis", -1);
            made.Add(Reshape(graph, index, node.Output[0], value, [.. to.Dimensions.Select((size, axis) => to.Varies[axis] ? -1L : size)]));
            moved++;
        }

        if (moved == 0)
            return 0;
        graph.Node.AddRange(made);
        graph.ValueInfo.Clear();
        new DeadNodesPass().Apply(model);
        new MergeReshapesPass().Apply(model);
        new DeadNodesPass().Apply(model);
        new RemoveIdentityPass().Apply(model);
        return graph.Node.Count < before ? moved : 0;
    }

    // the values that a row-wise node reads, all of its own sizes; null for another node
    private static List<string>? Computed(NodeProto node, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts, ValueLayout to)
    {
        string[] inputs;
        if (RowWise.IsUnary(node) || RowWise.Normalized(node, to.Dimensions.Length) == to.Dimensions.Length - 1)
            inputs = [node.Input[0]];
        else if (RowWise.IsBinary(node))
            inputs = [.. node.Input];
        else
            return null;
        var computed = new List<string>();
        foreach (var input in inputs)
        {
            if (index.Constant(input) is { } constant)
            {
                if (constant.Type() != TensorProto.Types.DataType.Float || constant.Elements() != 1 && (constant.Elements() != to.Dimensions[^1] || constant.Dims[^1] != to.Dimensions[^1]))
                    return null;
            }
            else if (layouts.TryGetValue(input, out var layout) && layout.Dimensions.AsSpan().SequenceEqual(to.Dimensions) && layout.Varies.AsSpan().SequenceEqual(to.Varies))
            {
                computed.Add(input);
            }
            else
            {
                return null;
            }
        }

        return computed;
    }

    // of fewer axes than the rows have
    private static string Vector(GraphProto graph, GraphIndex index, string name)
    {
        var constant = index.Constant(name)!;
        if (constant.Dims.Count <= 1)
            return name;
        var wish = index.Fresh($"{name}_vector");
        graph.Initializer.Add(constant.Elements() == 1 ? TensorValues.Scalar(wish, constant.Floats()[0]) : TensorValues.Of(wish, new Shape((int)constant.Elements()), constant.Floats()));
        return wish;
    }

    private static NodeProto Reshape(GraphProto graph, GraphIndex index, string from, string to, long[] sizes)
    {
        var name = index.Fresh($"{GraphWriter.ConstantPrefix}shape_{string.Join('x', sizes)}");
        graph.Initializer.Add(TensorValues.List(name, sizes));
        var node = new NodeProto { OpType = "Reshape", Name = index.Fresh($"{to}_reshape") };
        node.Input.Add([from, name]);
        node.Output.Add(to);
        return node;
    }
}
