namespace Niwaki.Onnx;

/// <summary>How many nodes a graph has of an operator.</summary>
/// <param name="Op">The operator.</param>
/// <param name="Count">How many.</param>
public sealed record OperatorCount(string Op, int Count);
