namespace Niwaki;

/// <summary>One block of an EfficientViT: an inverted residual, after linear attention where its stage has that.</summary>
/// <param name="ExpandedWidth">Hidden channels of the inverted residual.</param>
public sealed record EfficientVitBlock(int ExpandedWidth)
{
    /// <summary>Heads of the linear attention that are left, at each scale.</summary>
    public int Heads { get; init; }
}
