using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Niwaki.Vision;

/// <summary>
/// Reads a picture through an affine map. Where a network pixel covers several of the picture's, as many bilinear samples are
/// averaged, so that shrinking does not alias.
/// </summary>
internal static class Warp
{
    private const int MostSamples = 8;

    public static unsafe void Picture(RgbImage image, Affine view, ColorChange color, Preprocess preprocess, Span<float> planes)
    {
        var (width, height, size) = (preprocess.Width, preprocess.Height, preprocess.Width * preprocess.Height);
        var (across, down) = preprocess.Interpolation == Interpolation.Nearest ? (1, 1) : (Samples(view.XX, view.YX), Samples(view.XY, view.YY));
        var samples = across * down;
        // offsets of the samples from the network pixel's centre, in the picture's pixels
        var offsets = stackalloc float[2 * samples];
        for (var i = 0; i < samples; i++)
        {
            var (dx, dy) = ((i % across + 0.5) / across - 0.5, (i / across + 0.5) / down - 0.5);
            offsets[2 * i] = (float)(view.XX * dx + view.XY * dy);
            offsets[2 * i + 1] = (float)(view.YX * dx + view.YY * dy);
        }

        var nearest = preprocess.Interpolation == Interpolation.Nearest;
        var (red, green, blue, bias) = (color.Red.AsVector128(), color.Green.AsVector128(), color.Blue.AsVector128(), color.Bias.AsVector128());
        var (factor, offset) = (color.Factor.AsVector128(), color.Offset.AsVector128());
        var share = 1f / samples;
        var swap = preprocess.ChannelOrder == ChannelOrder.Bgr;
        fixed (byte* first = image.Pixels)
        fixed (float* target = planes)
        {
            var plane0 = target + (swap ? 2 * size : 0);
            var plane1 = target + size;
            var plane2 = target + (swap ? 0 : 2 * size);
            for (int y = 0, at = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++, at++)
                {
                    var (sourceX, sourceY) = view.Map(x + 0.5, y + 0.5);
                    if (!Inside(sourceX, sourceY, image.Width, image.Height))
                    {
                        plane0[at] = plane1[at] = plane2[at] = 0; // the mean, normalised
                        continue;
                    }

                    Vector128<float> value;
                    if (nearest)
                    {
                        value = Resampler.Pixel(first + ((int)sourceY * image.Width + (int)sourceX) * 3, first + image.Pixels.Length - 4);
                    }
                    else
                    {
                        var (middleX, middleY) = ((float)sourceX - 0.5f, (float)sourceY - 0.5f);
                        value = Vector128<float>.Zero;
                        for (var i = 0; i < samples; i++)
                            value += Bilinear(first, image.Width, image.Height, middleX + offsets[2 * i], middleY + offsets[2 * i + 1]);
                        value *= share;
                    }

                    if (color.Changes)
                    {
                        value = bias + red * value.GetElement(0) + green * value.GetElement(1) + blue * value.GetElement(2);
                        value = Vector128.Min(Vector128.Max(value, Vector128<float>.Zero), Vector128.Create(255f));
                    }

                    value = value * factor + offset;
                    plane0[at] = value.GetElement(0);
                    plane1[at] = value.GetElement(1);
                    plane2[at] = value.GetElement(2);
                }
            }
        }
    }

    public static void Labels(LabelMap? labels, Affine view, Preprocess preprocess, Span<byte> target)
    {
        if (labels is null)
        {
            target.Fill(LabelMap.Ignore);
            return;
        }

        for (int y = 0, at = 0; y < preprocess.Height; y++)
        {
            for (var x = 0; x < preprocess.Width; x++, at++)
            {
                var (sourceX, sourceY) = view.Map(x + 0.5, y + 0.5);
                target[at] = Inside(sourceX, sourceY, labels.Width, labels.Height) ? labels.Labels[(int)sourceY * labels.Width + (int)sourceX] : LabelMap.Ignore;
            }
        }
    }

    private static bool Inside(double x, double y, int width, int height) => x >= 0 && y >= 0 && x < width && y < height;

    private static int Samples(double x, double y) => Math.Clamp((int)Math.Ceiling(Math.Sqrt(x * x + y * y) - 0.25), 1, MostSamples);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector128<float> Bilinear(byte* first, int width, int height, float x, float y)
    {
        x = Math.Clamp(x, 0, width - 1);
        y = Math.Clamp(y, 0, height - 1);
        var (left, top) = ((int)x, (int)y);
        var (far, low) = (x - left, y - top);
        var from = first + (top * width + left) * 3;
        var right = left < width - 1 ? 3 : 0;
        var below = top < height - 1 ? width * 3 : 0;
        var last = first + (width * height * 3 - 4);
        var upper = Resampler.Pixel(from, last) * (1 - far) + Resampler.Pixel(from + right, last) * far;
        var lower = Resampler.Pixel(from + below, last) * (1 - far) + Resampler.Pixel(from + below + right, last) * far;
        return upper * (1 - low) + lower * low;
    }
}
