namespace Niwaki;

/// <summary>
/// Resampling of a grid as <c>torch.nn.functional.interpolate</c> does it: plainly (cubic being Keys' kernel with a = -0.75), or antialiased
/// (a = -0.5, and the kernel is widened when the grid shrinks).
/// </summary>
public static class Resampling
{
    /// <summary><c>[height, width, channels]</c> to <c>[toHeight, toWidth, channels]</c>.</summary>
    /// <param name="grid">Row by row, channels last.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="toHeight">Rows of the result.</param>
    /// <param name="toWidth">Columns of the result.</param>
    /// <param name="kernel">Which values are mixed; nearest is the one at or before the place, as PyTorch's.</param>
    /// <param name="antialias">Not for the nearest.</param>
    /// <param name="alignCorners">Whether the corners of both grids are the centres of their outermost cells; not together with antialiasing.</param>
    public static float[] Resize(ReadOnlySpan<float> grid, int height, int width, int toHeight, int toWidth, Interpolation kernel, bool antialias = false, bool alignCorners = false)
    {
        var channels = grid.Length / (height * width);
        var rows = Taps(height, toHeight, kernel, antialias, alignCorners);
        var columns = Taps(width, toWidth, kernel, antialias, alignCorners);
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

    private static (int Source, double Weight)[][] Taps(int from, int to, Interpolation kernel, bool antialias, bool alignCorners)
    {
        var scale = alignCorners ? to > 1 ? (from - 1.0) / (to - 1) : 0 : (double)from / to;
        return [.. Enumerable.Range(0, to).Select(i => kernel == Interpolation.Nearest ? [(Math.Min((int)Math.Floor(i * scale), from - 1), 1.0)]
            : antialias ? Wide((i + 0.5) * scale)
            : Plain(alignCorners ? i * scale : ((i + 0.5) * scale) - 0.5))];

        (int, double)[] Plain(double center)
        {
            var reach = kernel == Interpolation.Bicubic ? 2 : 1;
            var first = (int)Math.Floor(center) - reach + 1;
            return [.. Enumerable.Range(first, 2 * reach).Select(source => (Math.Clamp(source, 0, from - 1), Weight(source - center, -0.75)))];
        }

        (int, double)[] Wide(double center)
        {
            var widening = Math.Max(scale, 1);
            var support = (kernel == Interpolation.Bicubic ? 2 : 1) * widening;
            var first = Math.Max(0, (int)(center - support + 0.5));
            var end = Math.Min(from, (int)(center + support + 0.5));
            var taps = Enumerable.Range(first, end - first).Select(source => (Source: source, Weight: Weight((source + 0.5 - center) / widening, -0.5))).ToArray();
            var sum = taps.Sum(tap => tap.Weight);
            return [.. taps.Select(tap => (tap.Source, tap.Weight / sum))];
        }

        double Weight(double distance, double a) => kernel == Interpolation.Bicubic ? Cubic(distance, a) : Math.Max(0, 1 - Math.Abs(distance));
    }

    /// <summary>Keys' cubic convolution kernel (1981).</summary>
    private static double Cubic(double distance, double a)
    {
        var t = Math.Abs(distance);
        return t < 1 ? ((((a + 2) * t) - (a + 3)) * t * t) + 1 : t < 2 ? a * ((((t - 5) * t) + 8) * t - 4) : 0;
    }
}
