namespace Niwaki.Vision.Tests;

/// <summary>Small pictures by formula.</summary>
internal static class Pictures
{
    public static RgbImage Of(int width, int height, Func<int, int, (int R, int G, int B)> color)
    {
        var pixels = new byte[width * height * 3];
        for (int y = 0, at = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++, at += 3)
            {
                var (r, g, b) = color(x, y);
                (pixels[at], pixels[at + 1], pixels[at + 2]) = ((byte)r, (byte)g, (byte)b);
            }
        }

        return new RgbImage(width, height, pixels);
    }

    public static RgbImage Flat(int width, int height, byte r, byte g, byte b) => Of(width, height, (_, _) => (r, g, b));

    public static LabelMap Labels(int width, int height, Func<int, int, int> label)
    {
        var labels = new byte[width * height];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = (byte)label(i % width, i / width);
        return new LabelMap(width, height, labels);
    }

    /// <summary>Smooth noise that repeats for a seed.</summary>
    public static RgbImage Noise(int width, int height, int seed)
    {
        var random = new RandomStream(seed, 0);
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)random.Below(256);
        return new RgbImage(width, height, pixels);
    }

    public static (byte R, byte G, byte B) At(this RgbImage image, int x, int y)
    {
        var at = (y * image.Width + x) * 3;
        return (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
    }
}
