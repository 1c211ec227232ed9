using SkiaSharp;

namespace Niwaki.Vision;

/// <summary>Pictures and their coloured masks side by side on one sheet, to be looked at.</summary>
public static class ContactSheet
{
    /// <summary>Draws the sheet: each sample is a picture with its mask to the right.</summary>
    /// <param name="samples">With labels; all of one size look best.</param>
    /// <param name="classes">Give the masks their colours.</param>
    /// <param name="columns">Pairs in a row.</param>
    /// <param name="zoom">How many pixels of the sheet one pixel becomes.</param>
    /// <returns>A PNG file's bytes.</returns>
    public static byte[] Png(IReadOnlyList<Sample> samples, IReadOnlyList<ClassInfo> classes, int columns = 4, int zoom = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(samples.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(zoom, 1);
        const int gap = 4;
        columns = Math.Min(columns, samples.Count);
        var width = samples.Max(sample => sample.Image.Width);
        var height = samples.Max(sample => sample.Image.Height);
        var rows = (samples.Count + columns - 1) / columns;
        var pair = (2 * width * zoom) + gap + 1;
        using var surface = SKSurface.Create(new SKImageInfo((columns * pair) + gap, (rows * ((height * zoom) + gap)) + gap, SKColorType.Rgba8888, SKAlphaType.Opaque));
        surface.Canvas.Clear(new SKColor(24, 24, 24));
        var colors = classes.Select(info => SKColor.Parse(info.Color)).ToArray();
        for (var i = 0; i < samples.Count; i++)
        {
            var (x, y) = (gap + (i % columns * pair), gap + (i / columns * ((height * zoom) + gap)));
            Place(surface.Canvas, samples[i].Image.Width, samples[i].Image.Height, zoom, x, y, pixel => ColorOf(samples[i].Image, pixel));
            if (samples[i].Labels is { } labels)
                Place(surface.Canvas, labels.Width, labels.Height, zoom, x + (width * zoom) + 1, y, pixel => labels.Labels[pixel] < colors.Length ? colors[labels.Labels[pixel]] : SKColors.Black);
        }

        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static SKColor ColorOf(RgbImage image, int pixel) => new(image.Pixels[pixel * 3], image.Pixels[(pixel * 3) + 1], image.Pixels[(pixel * 3) + 2]);

    private static void Place(SKCanvas canvas, int width, int height, int zoom, int x, int y, Func<int, SKColor> color)
    {
        var pixels = new SKColor[width * height];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = color(i);
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque) { Pixels = pixels };
        using var image = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(image, new SKRect(x, y, x + (width * zoom), y + (height * zoom)), new SKSamplingOptions(SKFilterMode.Nearest));
    }
}
