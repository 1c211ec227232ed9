namespace Niwaki;

/// <summary>One resolution of a MobileViT.</summary>
/// <param name="Convolutions">Inverted residuals; the first one changes the resolution.</param>
public sealed record MobileVitStage(ValueList<InvertedResidual> Convolutions)
{
    /// <summary>The block with the transformer that ends the stage, if it has one.</summary>
    public MobileVitBlock? Transformer { get; init; }

    internal int Width => Transformer?.FusedWidth ?? Convolutions[^1].Width;
}
