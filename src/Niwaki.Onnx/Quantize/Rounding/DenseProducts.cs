using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Products of dense matrices, computed by ONNX Runtime in the thread that asks.</summary>
internal sealed class DenseProducts : IDisposable
{
    private readonly InferenceSession plain = Open(transposed: false);
    private readonly InferenceSession transposed = Open(transposed: true);
    private readonly RunOptions options = new();

    /// <summary><c>left [rows, inner] * right [inner, columns]</c>.</summary>
    public void Multiply(float[] left, float[] right, int rows, int inner, int columns, float[] result) => Run(plain, left, [rows, inner], right, [inner, columns], result, [rows, columns]);

    /// <summary><c>left [rows, width]ᵀ * right [rows, columns]</c>.</summary>
    public void MultiplyTransposed(float[] left, float[] right, int rows, int width, int columns, float[] result) => Run(transposed, left, [rows, width], right, [rows, columns], result, [width, columns]);

    /// <inheritdoc/>
    public void Dispose()
    {
        options.Dispose();
        plain.Dispose();
        transposed.Dispose();
    }

    private void Run(InferenceSession session, float[] left, long[] leftShape, float[] right, long[] rightShape, float[] result, long[] shape)
    {
        using var a = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, left.AsMemory(0, (int)(leftShape[0] * leftShape[1])), leftShape);
        using var b = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, right.AsMemory(0, (int)(rightShape[0] * rightShape[1])), rightShape);
        using var c = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, result.AsMemory(0, (int)(shape[0] * shape[1])), shape);
        session.Run(options, ["a", "b"], [a, b], ["c"], [c]);
    }

    private static InferenceSession Open(bool transposed)
    {
        static ValueInfoProto Matrix(string name) => new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension(), new TensorShapeProto.Types.Dimension() } } } } };
        var gemm = new NodeProto { OpType = "Gemm", Name = "gemm", Input = { "a", "b" }, Output = { "c" } }.With("transA", transposed ? 1 : 0);
        var model = new ModelProto { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Version = 13 } }, Graph = new GraphProto { Name = "product", Node = { gemm }, Input = { Matrix("a"), Matrix("b") }, Output = { Matrix("c") } } };
        return new OrtRuntime().Open(model, "matrix product");
    }
}
