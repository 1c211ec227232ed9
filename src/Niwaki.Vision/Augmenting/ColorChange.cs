using System.Numerics;

namespace Niwaki.Vision;

/// <summary>
/// Brightness, contrast, saturation and hue as one affine map of RGB on 0..255, and the network's normalisation after it:
/// all of it costs three multiplications of a vector for a pixel.
/// </summary>
internal readonly record struct ColorChange(Vector4 Red, Vector4 Green, Vector4 Blue, Vector4 Bias, bool Changes, Vector4 Factor, Vector4 Offset)
{
    private static readonly Vector3 Grey = new(0.299f, 0.587f, 0.114f);

    public static ColorChange Draw(Augmentation options, RgbImage image, Normalisation normalise, ref RandomStream random)
    {
        var brightness = Around(1, options.Brightness, ref random);
        var contrast = Around(1, options.Contrast, ref random);
        var saturation = Around(1, options.Saturation, ref random);
        var hue = Around(0, options.Hue, ref random) * MathF.Tau;
        var pivot = contrast == 1 ? 0 : MeanGrey(image) * brightness;
        // in this order: brightness, contrast around the mean, saturation and hue around the grey axis
        Span<Vector3> columns = [Vector3.UnitX, Vector3.UnitY, Vector3.UnitZ];
        for (var i = 0; i < 3; i++)
            columns[i] = Turn(columns[i] * (brightness * contrast), saturation, hue);
        var bias = new Vector3(pivot * (1 - contrast));
        return new ColorChange(
            new Vector4(columns[0], 0), new Vector4(columns[1], 0), new Vector4(columns[2], 0), new Vector4(bias, 0),
            brightness != 1 || contrast != 1 || saturation != 1 || hue != 0,
            ByChannel(normalise, normalise.Factor), ByChannel(normalise, normalise.Offset));
    }

    private static float Around(float middle, double change, ref RandomStream random) => middle + (float)(change * random.Uniform(-1, 1));

    private static Vector3 Turn(Vector3 color, float saturation, float hue)
    {
        var grey = new Vector3(Vector3.Dot(color, Grey));
        color = grey + (color - grey) * saturation;
        if (hue == 0)
            return color;
        // Rodrigues' rotation around the grey axis
        var axis = new Vector3(1 / MathF.Sqrt(3));
        return color * MathF.Cos(hue) + Vector3.Cross(axis, color) * MathF.Sin(hue) + axis * (Vector3.Dot(axis, color) * (1 - MathF.Cos(hue)));
    }

    private static float MeanGrey(RgbImage image)
    {
        const int Probes = 16;
        var sum = 0f;
        for (var y = 0; y < Probes; y++)
        {
            for (var x = 0; x < Probes; x++)
            {
                var at = ((2 * y + 1) * image.Height / (2 * Probes) * image.Width + (2 * x + 1) * image.Width / (2 * Probes)) * 3;
                sum += Vector3.Dot(Grey, new Vector3(image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]));
            }
        }

        return sum / (Probes * Probes);
    }

    private static Vector4 ByChannel(Normalisation normalise, Func<int, float> value) =>
        new(value(normalise.SourceChannel(0)), value(normalise.SourceChannel(1)), value(normalise.SourceChannel(2)), 0);
}
