namespace Niwaki.Vision;

/// <summary>
/// For each output position of one axis, which source positions it sums and with which weights. When shrinking, the kernel
/// is widened by the factor, so that every source pixel counts; at the border the weights that are left are scaled to 1.
/// </summary>
internal sealed class ResampleAxis
{
    private ResampleAxis(int first, int taps, int[] start, float[] weights) => (First, Taps, Start, Weights) = (first, taps, start, weights);

    /// <summary>The first output position that the picture covers.</summary>
    public int First { get; }

    /// <summary>Covered output positions.</summary>
    public int Count => Start.Length;

    /// <summary>Weights for each position, no more than the one with most needs; those that are not needed are 0, within the source all the same.</summary>
    public int Taps { get; }

    public int[] Start { get; }

    public float[] Weights { get; }

    public static ResampleAxis Of(Interpolation interpolation, int source, int offset, int length, int output)
    {
        var first = Math.Max(0, offset);
        var count = Math.Min(output, offset + length) - first;
        var scale = (double)source / length;
        var widening = Math.Max(1, scale);
        var support = interpolation switch
        {
            Interpolation.Nearest => 0,
            Interpolation.Bilinear => widening,
            Interpolation.Bicubic => 2 * widening,
            _ => throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, "Unknown interpolation."),
        };
        var taps = Math.Min(source, interpolation == Interpolation.Nearest ? 1 : (int)Math.Ceiling(2 * support) + 1);
        var axis = new ResampleAxis(first, taps, new int[count], new float[count * taps]);
        var weights = new double[taps];
        for (var i = 0; i < count; i++)
        {
            if (interpolation == Interpolation.Nearest)
            {
                axis.Start[i] = Placement.Nearest(first + i, offset, length, source);
                axis.Weights[i] = 1;
                continue;
            }

            var center = (first + i - offset + 0.5) * scale;
            var start = Math.Min(Math.Max(0, (int)Math.Floor(center - support + 0.5)), source - taps);
            var sum = 0d;
            for (var k = 0; k < taps; k++)
                sum += weights[k] = Kernel(interpolation, (start + k + 0.5 - center) / widening);
            axis.Start[i] = start;
            for (var k = 0; k < taps; k++)
                axis.Weights[i * taps + k] = (float)(weights[k] / sum);
        }

        return axis.Trimmed();
    }

    // the kernel's ends often lie on zeros (at the picture's own size all but the middle), which would be multiplied for nothing
    private ResampleAxis Trimmed()
    {
        var most = 1;
        for (var i = 0; i < Count; i++)
        {
            var own = Weights.AsSpan(i * Taps, Taps);
            most = Math.Max(most, own.LastIndexOfAnyExcept(0) - Math.Max(0, own.IndexOfAnyExcept(0)) + 1);
        }

        if (most == Taps)
            return this;
        var trimmed = new ResampleAxis(First, most, new int[Count], new float[Count * most]);
        for (var i = 0; i < Count; i++)
        {
            var own = Weights.AsSpan(i * Taps, Taps);
            var skipped = Math.Min(Math.Max(0, own.IndexOfAnyExcept(0)), Taps - most);
            trimmed.Start[i] = Start[i] + skipped;
            own.Slice(skipped, most).CopyTo(trimmed.Weights.AsSpan(i * most));
        }

        return trimmed;
    }

    private static double Kernel(Interpolation interpolation, double at)
    {
        var x = Math.Abs(at);
        if (interpolation == Interpolation.Bilinear)
            return x < 1 ? 1 - x : 0;
        const double A = -0.5; // Keys 1981
        return x < 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : x < 2 ? ((x - 5) * x + 8) * x * A - 4 * A : 0;
    }
}
