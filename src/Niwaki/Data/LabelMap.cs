namespace Niwaki;

/// <summary>A class index for each pixel; <see cref="Ignore"/> marks pixels that no loss and no metric counts.</summary>
/// <param name="Width">Pixels across, at least 1.</param>
/// <param name="Height">Pixels down, at least 1.</param>
/// <param name="Labels">Width * Height class indices, row by row.</param>
public sealed record LabelMap(int Width, int Height, byte[] Labels)
{
    /// <summary>The label of a pixel without a class.</summary>
    public const byte Ignore = 255;
}
