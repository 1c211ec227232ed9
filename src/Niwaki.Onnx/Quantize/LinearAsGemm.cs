using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Rewrites MatMul by a constant matrix (and an Add of a constant vector behind it) as Gemm on two axes, with Reshape around it:
/// ONNX Runtime computes a quantized Gemm with an int32 bias and a float or 8-bit result in one kernel, a MatMul does not.
/// </summary>
internal static class LinearAsGemm
{
    /// <summary>Changes the graph in place and says how many it rewrote; products smaller than <paramref name="minMacs"/> stay.</summary>
    public static int Apply(GraphProto graph, IReadOnlyDictionary<string, ValueLayout> layouts, Macs minMacs)
    {
        var index = new GraphIndex(graph);
        var rewritten = 0;
        for (var i = 0; i < graph.Node.Count; i++)
        {
            var node = graph.Node[i];
            if (node.OpType != "MatMul" || index.Constant(node.Input[1]) is not { Dims.Count: 2 } weight || weight.Type() != TensorProto.Types.DataType.Float || weight.Name.StartsWith(GraphWriter.ConstantPrefix, StringComparison.Ordinal)
                || !layouts.TryGetValue(node.Input[0], out var layout) || layout.Dimensions.Length < 2 || layout.Varies.SkipLast(1).Count(varies => varies) > 1 || layout.Varies[^1])
                continue;
            if (layout.Elements * weight.Dims[1] < minMacs.Value)
                continue;
            var output = node.Output[0];
            NodeProto? addition = null;
            string? bias = null;
            if (index.OnlyConsumer(output) is { OpType: "Add" } add
                && index.Constant(add.Input[0] == output ? add.Input[1] : add.Input[0]) is { } vector && vector.Elements() == weight.Dims[1] && vector.Dims.SkipLast(1).All(size => size == 1) && vector.Dims.Count <= layout.Dimensions.Length)
            {
                (addition, output) = (add, add.Output[0]);
                bias = vector.Name;
                if (vector.Dims.Count != 1 || index.Producer(vector.Name) is not null || bias.Length == 0)
                {
                    bias = index.Fresh($"{output}_bias");
                    graph.Initializer.Add(TensorValues.Of(bias, new Shape((int)vector.Elements()), vector.Floats()));
                }
            }

            graph.Node.RemoveAt(i);
            if (addition is not null)
                graph.Node.Remove(addition);
            foreach (var (made, at) in Make(graph, index, node, layout, (int)weight.Dims[1], bias, output).Select((made, at) => (made, at)))
                graph.Node.Insert(i + at, made);
            rewritten++;
        }

        return rewritten;
    }

    private static IEnumerable<NodeProto> Make(GraphProto graph, GraphIndex index, NodeProto node, ValueLayout layout, int width, string? bias, string output)
    {
        var flat = layout.Dimensions.Length == 2;
        var (rows, product) = (node.Input[0], output);
        if (!flat)
        {
            rows = index.Fresh($"{node.Output[0]}_rows");
            product = index.Fresh($"{node.Output[0]}_product");
            yield return Reshape(graph, index, node.Input[0], rows, [-1, layout.Dimensions[^1]]);
        }

        var gemm = new NodeProto { OpType = "Gemm", Name = node.Name };
        gemm.Input.Add([rows, node.Input[1]]);
        if (bias is not null)
            gemm.Input.Add(bias);
        gemm.Output.Add(product);
        yield return gemm;
        if (!flat)
            yield return Reshape(graph, index, product, output, [.. layout.Dimensions.SkipLast(1).Select((size, axis) => layout.Varies[axis] ? -1L : size), width]);
    }

    private static NodeProto Reshape(GraphProto graph, GraphIndex index, string from, string to, long[] shape)
    {
        var name = index.Fresh($"{to}_shape");
        graph.Initializer.Add(TensorValues.List(name, shape));
        var node = new NodeProto { OpType = "Reshape", Name = index.Fresh($"{to}_reshape") };
        node.Input.Add([from, name]);
        node.Output.Add(to);
        return node;
    }
}
