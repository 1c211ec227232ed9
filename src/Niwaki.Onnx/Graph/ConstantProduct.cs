using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A product with a constant matrix [K, N] (or [N, K]) and the constant added behind it.</summary>
/// <param name="Node">MatMul, or Gemm without factors.</param>
/// <param name="Weight">The matrix.</param>
/// <param name="Turned">Whether the matrix is [N, K].</param>
/// <param name="Bias">One number for each column; absent where nothing is added.</param>
/// <param name="Addition">The Add behind a MatMul.</param>
internal sealed record ConstantProduct(NodeProto Node, TensorProto Weight, bool Turned, TensorProto? Bias, NodeProto? Addition)
{
    /// <summary>What it gives, with the bias.</summary>
    public string Result => (Addition ?? Node).Output[0];

    /// <summary>Columns.</summary>
    public int Width => (int)Weight.Dims[Turned ? 0 : 1];

    /// <summary>Rows.</summary>
    public int Depth => (int)Weight.Dims[Turned ? 1 : 0];

    /// <summary>The product that makes a value; <see langword="null"/> where it is none.</summary>
    public static ConstantProduct? Behind(GraphIndex index, string value)
    {
        NodeProto? addition = null;
        TensorProto? bias = null;
        if (index.Made(value, "Add") is { } add && index.ConstantAndOther(add) is var (vector, other) && index.OnlyConsumer(other) == add)
        {
            if (index.Made(other, "MatMul") is null || vector.Type() != TensorProto.Types.DataType.Float)
                return null;
            (addition, bias, value) = (add, vector, other);
        }

        if (index.Producer(value) is not { Domain: "" or "ai.onnx", OpType: "MatMul" or "Gemm" } node || index.Constant(node.Input[1]) is not { Dims.Count: 2 } weight || weight.Type() != TensorProto.Types.DataType.Float)
            return null;
        if (node.OpType == "Gemm")
        {
            if (node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1 || node.Int("transA", 0) != 0)
                return null;
            if (node.Input.Count > 2 && node.Input[2].Length > 0)
            {
                bias = index.Constant(node.Input[2]);
                if (bias is null || bias.Type() != TensorProto.Types.DataType.Float)
                    return null;
            }
        }

        var product = new ConstantProduct(node, weight, node.Int("transB", 0) != 0, bias, addition);
        return bias is null || (bias.Elements() == product.Width && (bias.Dims.Count == 0 || bias.Dims[^1] == product.Width)) ? product : null;
    }

    /// <summary>Some columns of the matrix as a matrix [K, columns].</summary>
    public float[] Columns(int from, int count)
    {
        var values = Weight.Floats();
        var part = new float[Depth * count];
        for (var row = 0; row < Depth; row++)
        {
            for (var column = 0; column < count; column++)
                part[(row * count) + column] = Turned ? values[((from + column) * Depth) + row] : values[(row * Width) + from + column];
        }

        return part;
    }
}
