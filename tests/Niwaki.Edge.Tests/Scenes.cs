namespace Niwaki.Edge.Tests;

/// <summary>Pictures of coloured blobs, by formula.</summary>
internal static class Scenes
{
    private static readonly (int R, int G, int B)[] Colours = [(25, 28, 30), (210, 60, 50), (60, 190, 70), (50, 90, 220)];

    public static RgbImage Of(int width, int height, int seed)
    {
        var pixels = new byte[width * height * 3];
        var random = new Random(seed);
        var centres = Enumerable.Range(0, 9).Select(_ => (X: random.NextDouble() * width, Y: random.NextDouble() * height, Colour: random.Next(4))).ToArray();
        for (int y = 0, at = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++, at += 3)
            {
                var (r, g, b) = Colours[centres.MinBy(centre => (centre.X - x) * (centre.X - x) + (centre.Y - y) * (centre.Y - y)).Colour];
                var noise = random.Next(-12, 13);
                (pixels[at], pixels[at + 1], pixels[at + 2]) = (Byte(r + noise), Byte(g + noise), Byte(b + noise));
            }
        }

        return new RgbImage(width, height, pixels);
    }

    private static byte Byte(int value) => (byte)Math.Clamp(value, 0, 255);
}
