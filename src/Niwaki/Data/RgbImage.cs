namespace Niwaki;

/// <summary>An 8-bit RGB picture: interleaved rows, top to bottom, three bytes a pixel.</summary>
/// <param name="Width">Pixels across, at least 1.</param>
/// <param name="Height">Pixels down, at least 1.</param>
/// <param name="Pixels">Width * Height * 3 bytes, R G B.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels);
