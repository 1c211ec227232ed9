using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A node that multiplies and sums: what 8 bits are for.</summary>
/// <param name="Node">Conv, Gemm or MatMul.</param>
/// <param name="Weight">Its constant matrix or kernel; <see langword="null"/> where both factors are computed (attention).</param>
/// <param name="Axis">The weight's axis of output channels.</param>
/// <param name="Bias">Its constant bias.</param>
/// <param name="Result">Its output, behind a ReLU or Clip that the engine computes with it.</param>
/// <param name="Macs">Multiply-accumulates for one picture.</param>
internal sealed record Product(NodeProto Node, TensorProto? Weight, int Axis, TensorProto? Bias, string Result, Macs Macs)
{
    /// <summary>The computed factors.</summary>
    public IEnumerable<string> Factors => Weight is null ? Node.Input.Take(2) : Node.Input.Take(1);

    /// <summary>Reads a node as a product that can be computed in 8 bits.</summary>
    /// <returns>The product, or why it is none.</returns>
    public static (Product? Found, string? Obstacle) Of(NodeProto node, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        if (node.OpType is not ("Conv" or "Gemm" or "MatMul"))
            return (null, Unwritten.Contains(node.OpType) ? "no 8-bit form of it is written" : HasProducts(node) ? "control flow: what is inside stays as it is" : null);
        if (!layouts.TryGetValue(node.Output[0], out var output) || !output.IsFloat || !layouts.TryGetValue(node.Input[0], out var input) || !input.IsFloat)
            return (null, "its values are not float32");
        var weight = index.Constant(node.Input[1]);
        var bias = node.Input.Count > 2 && node.Input[2].Length > 0 ? index.Constant(node.Input[2]) : null;
        if (weight is null && node.OpType != "MatMul")
            return (null, "its weights are computed");
        if (bias is null && node.Input.Count > 2 && node.Input[2].Length > 0)
            return (null, "its bias is computed");
        if (weight is not null && weight.Name.StartsWith(GraphWriter.ConstantPrefix, StringComparison.Ordinal))
            return (null, "a constant of the graph, no weight");
        if (weight is not null && weight.Type() != TensorProto.Types.DataType.Float)
            return (null, "its weights are not float32");
        var axis = 0;
        switch (node.OpType)
        {
            case "Gemm":
                if (node.Int("transA", 0) != 0 || node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1)
                    return (null, "it scales or transposes its input");
                axis = node.Int("transB", 0) == 0 ? 1 : 0;
                if (bias is not null && (bias.Elements() != weight!.Dims[axis] || bias.Dims.SkipLast(1).Any(size => size != 1)))
                    return (null, "its bias is not one number a channel");
                break;
            case "MatMul" when weight is not null:
                if (weight.Dims.Count != 2)
                    return (null, "its weights are not a matrix");
                axis = 1;
                break;
        }

        // every output element sums over the weight's other axes (for a computed factor, over the last axis of the first)
        var inner = weight is null ? input.Dimensions[^1] : weight.Elements() / weight.Dims[axis];
        return (new Product(node, weight, axis, bias, Behind(node, index), new Macs(output.Elements * inner)), null);
    }

    // what multiplies as well
    private static readonly HashSet<string> Unwritten = ["ConvTranspose", "DeformConv", "LSTM", "GRU", "RNN", "Einsum", "Attention", "MultiHeadAttention", "GroupQueryAttention", "FusedConv", "FusedGemm", "FusedMatMul"];

    private static bool HasProducts(NodeProto node) => node.Nested().SelectMany(graph => graph.Node).Any(inner => inner.OpType is "Conv" or "Gemm" or "MatMul" || Unwritten.Contains(inner.OpType) || HasProducts(inner));

    /// <summary>The output of a node, or of the ReLU or Clip that alone reads it.</summary>
    public static string Behind(NodeProto node, GraphIndex index) =>
        index.OnlyConsumer(node.Output[0]) is { OpType: "Relu" or "Clip" } activation
        && activation.Input[0] == node.Output[0] && activation.Input.Skip(1).All(bound => bound.Length == 0 || index.Constant(bound) is not null)
            ? activation.Output[0]
            : node.Output[0];
}
