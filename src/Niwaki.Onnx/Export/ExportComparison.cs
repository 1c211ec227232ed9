namespace Niwaki.Onnx;

/// <summary>A graph beside its network on the same pictures: the largest difference of a logit, the logits' range, and the share of pixels with the same label.</summary>
internal sealed record ExportComparison(double Difference, double Range, double Agreement, int Pictures, string Engine)
{
    /// <summary>Whether all of it keeps within the bounds.</summary>
    public required bool Holds { get; init; }
}
