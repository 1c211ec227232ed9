namespace Niwaki.Onnx;

/// <summary>Int8 weights as a graph stores them.</summary>
/// <param name="Codes">In the layout of the float weights.</param>
/// <param name="Steps">The scale of each output channel.</param>
internal sealed record QuantizedWeight(sbyte[] Codes, float[] Steps);
