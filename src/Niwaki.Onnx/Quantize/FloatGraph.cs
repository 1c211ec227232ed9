namespace Niwaki.Onnx;

/// <summary>What the stages that lower precision begin with.</summary>
internal static class FloatGraph
{
    /// <summary>Refuses to begin without a dataset, and graphs that are in 8 bits already.</summary>
    /// <exception cref="StageException">One of both.</exception>
    public static void Require(OnnxModel input, StageContext context)
    {
        context.RequireData();
        var path = input.PathOf(OnnxModel.GraphFile);
        if (OnnxFile.Read(path).Graph.Node.FirstOrDefault(node => node.OpType is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear" or "QLinearConv" or "QLinearMatMul" or "MatMulInteger" or "ConvInteger" or "DynamicQuantizeMatMul" or "MatMulNBits") is { } quantized)
            throw new StageException($"{path}: is quantized already ({quantized.OpType} {(quantized.Name.Length > 0 ? quantized.Name : $"of {quantized.Output[0]}")}). Give the float model.");
    }
}
