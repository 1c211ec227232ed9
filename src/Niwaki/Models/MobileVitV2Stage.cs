namespace Niwaki;

/// <summary>One resolution of a MobileViT v2.</summary>
/// <param name="Convolutions">Inverted residuals; the first one changes the resolution.</param>
public sealed record MobileVitV2Stage(ValueList<InvertedResidual> Convolutions)
{
    /// <summary>The block with the transformer that ends the stage, if it has one.</summary>
    public MobileVitV2Block? Transformer { get; init; }

    internal int Width => Transformer?.LeaveWidth ?? Convolutions[^1].Width;
}
