namespace Niwaki.Vision;

/// <summary>A picture that may have been decoded at a fraction of its size.</summary>
/// <param name="Image">Its pixels.</param>
/// <param name="Width">Its own pixels across.</param>
/// <param name="Height">Its own pixels down.</param>
internal sealed record DecodedPicture(RgbImage Image, int Width, int Height)
{
    /// <summary>At its own size.</summary>
    public DecodedPicture(RgbImage image)
        : this(image, image.Width, image.Height)
    {
    }
}
