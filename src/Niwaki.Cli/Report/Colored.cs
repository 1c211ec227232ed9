using System.Globalization;

namespace Niwaki.Cli;

/// <summary>Small coloured pictures for the page.</summary>
internal static class Colored
{
    /// <summary><c>#rrggbb</c>; grey where it is something else.</summary>
    public static (byte Red, byte Green, byte Blue) Parse(string color) =>
        color.Length == 7 && color[0] == '#' && int.TryParse(color.AsSpan(1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var rgb)
            ? ((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb)
            : ((byte)128, (byte)128, (byte)128);

    /// <summary>Gives each class its colour; a pixel without one is black.</summary>
    public static RgbImage Paint(LabelMap labels, (byte Red, byte Green, byte Blue)[] colors)
    {
        var pixels = new byte[labels.Labels.Length * 3];
        for (var i = 0; i < labels.Labels.Length; i++)
        {
            var (red, green, blue) = labels.Labels[i] < colors.Length ? colors[labels.Labels[i]] : default;
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = (red, green, blue);
        }

        return new RgbImage(labels.Width, labels.Height, pixels);
    }

    /// <summary>Mean of the pixels under each new one, where the picture is wider than allowed.</summary>
    public static RgbImage Shrink(RgbImage image, int most)
    {
        if (Math.Max(image.Width, image.Height) <= most)
            return image;
        var (width, height) = Fit(image.Width, image.Height, most);
        var pixels = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            var (top, bottom) = (y * image.Height / height, Math.Max((y * image.Height / height) + 1, (y + 1) * image.Height / height));
            for (var x = 0; x < width; x++)
            {
                var (left, right) = (x * image.Width / width, Math.Max((x * image.Width / width) + 1, (x + 1) * image.Width / width));
                for (var channel = 0; channel < 3; channel++)
                {
                    var sum = 0;
                    for (var row = top; row < bottom; row++)
                    {
                        for (var column = left; column < right; column++)
                            sum += image.Pixels[(((row * image.Width) + column) * 3) + channel];
                    }

                    pixels[(((y * width) + x) * 3) + channel] = (byte)(sum / ((bottom - top) * (right - left)));
                }
            }
        }

        return new RgbImage(width, height, pixels);
    }

    /// <summary>The pixel in the middle of each new one.</summary>
    public static LabelMap Shrink(LabelMap labels, int most)
    {
        if (Math.Max(labels.Width, labels.Height) <= most)
            return labels;
        var (width, height) = Fit(labels.Width, labels.Height, most);
        var small = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                small[(y * width) + x] = labels.Labels[((((2 * y) + 1) * labels.Height / (2 * height)) * labels.Width) + (((2 * x) + 1) * labels.Width / (2 * width))];
        }

        return new LabelMap(width, height, small);
    }

    private static (int Width, int Height) Fit(int width, int height, int most) =>
        width >= height ? (most, Math.Max(1, height * most / width)) : (Math.Max(1, width * most / height), most);
}
