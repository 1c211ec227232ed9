namespace Niwaki;

/// <summary>The checkpoints of TinyViT see 224 pixels, or the size that they were finetuned for.</summary>
internal static class TinyVitFeeding
{
    public static Preprocess Of(Preprocess usual, Architecture architecture, string? preset)
    {
        var side = !architecture.Head.ReadsVectors ? usual.Width
            : preset?.Contains("-384", StringComparison.Ordinal) == true ? 384
            : preset?.Contains("-512", StringComparison.Ordinal) == true ? 512
            : usual.Width;
        return usual with { Width = side, Height = side, Interpolation = Interpolation.Bicubic };
    }
}
