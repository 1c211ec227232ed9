namespace Niwaki;

/// <summary>
/// Bicubic resampling of a grid as PyTorch does it, without aligned corners: plain (Keys' kernel with a = -0.75), or antialiased
/// (a = -0.5, the kernel widened when the grid shrinks).
/// </summary>
public static class Bicubic
{
    /// <summary><c>[height, width, channels]</c> to <c>[toHeight, toWidth, channels]</c>.</summary>
    public static float[] Resize(ReadOnlySpan<float> grid, int height, int width, int toHeight, int toWidth, bool antialias)
    {
        var channels = grid.Length / (height * width);
        var rows = Taps(height, toHeight, antialias);
        var columns = Taps(width, toWidth, antialias);
        var result = new float[toHeight * toWidth * channels];
        for (var y = 0; y < toHeight; y++)
        {
            for (var x = 0; x < toWidth; x++)
            {
                for (var c = 0; c < channels; c++)
                {
                    double sum = 0;
                    foreach (var (row, rowWeight) in rows[y])
                    {
                        foreach (var (column, columnWeight) in columns[x])
                            sum += rowWeight * columnWeight * grid[(((row * width) + column) * channels) + c];
                    }

                    result[(((y * toWidth) + x) * channels) + c] = (float)sum;
                }
            }
        }

        return result;
    }

    private static (int Source, double Weight)[][] Taps(int from, int to, bool antialias)
    {
        var scale = (double)from / to;
        return [.. Enumerable.Range(0, to).Select(i => antialias ? Wide((i + 0.5) * scale) : Plain(((i + 0.5) * scale) - 0.5))];

        (int, double)[] Plain(double center)
        {
            var first = (int)Math.Floor(center) - 1;
            return [.. Enumerable.Range(first, 4).Select(source => (Math.Clamp(source, 0, from - 1), Kernel(source - center, -0.75)))];
        }

        (int, double)[] Wide(double center)
        {
            var widening = Math.Max(scale, 1);
            var first = Math.Max(0, (int)(center - (2 * widening) + 0.5));
            var end = Math.Min(from, (int)(center + (2 * widening) + 0.5));
            var taps = Enumerable.Range(first, end - first).Select(source => (Source: source, Weight: Kernel((source + 0.5 - center) / widening, -0.5))).ToArray();
            var sum = taps.Sum(tap => tap.Weight);
            return [.. taps.Select(tap => (tap.Source, tap.Weight / sum))];
        }
    }

    /// <summary>Keys' cubic convolution kernel (1981).</summary>
    private static double Kernel(double distance, double a)
    {
        var t = Math.Abs(distance);
        return t < 1 ? ((((a + 2) * t) - (a + 3)) * t * t) + 1 : t < 2 ? a * ((((t - 5) * t) + 8) * t - 4) : 0;
    }
}
