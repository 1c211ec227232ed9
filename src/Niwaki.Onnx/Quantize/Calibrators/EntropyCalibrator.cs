namespace Niwaki.Onnx;

/// <summary>
/// Covers the range [-t, t] (within what was seen) whose 256-level distribution diverges least from the true one:
/// <c>KL(P ‖ Q)</c> over the histogram's bins, what is cut off added to P's outermost bins (Migacz, "8-bit inference with
/// TensorRT", GTC 2017). The bin at zero has a level of its own, because zero has a code of its own: without that, the zeros
/// behind a ReLU would pull every threshold down.
/// </summary>
public sealed record EntropyCalibrator : Calibrator
{
    private const int Levels = 256;

    /// <summary>How many thresholds are tried.</summary>
    public int Steps { get; init; } = 128;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Steps < 1)
            throw new StageException($"entropy calibrator: steps is {Steps}; give at least 1.");
    }

    /// <inheritdoc/>
    public override ValueRange Range(Observation observation)
    {
        Validate();
        var histogram = observation.Histogram;
        var whole = new ValueRange(histogram.Min, histogram.Max);
        var largest = Math.Max(Math.Abs(whole.Low), Math.Abs(whole.High));
        var best = (Divergence: double.PositiveInfinity, Range: whole);
        for (var i = Steps; i >= 1; i--)
        {
            var threshold = largest * i / Steps;
            var range = new ValueRange(Math.Max(whole.Low, -threshold), Math.Min(whole.High, threshold));
            // one bin or less a level: the levels lose nothing, which says nothing
            if (range.High - range.Low < histogram.Width * Levels * 2 && i < Steps)
                break;
            var divergence = Divergence(histogram, range);
            if (divergence < best.Divergence)
                best = (divergence, range);
        }

        return best.Range;
    }

    /// <summary><c>KL(P ‖ Q)</c> of covering a range with 256 levels.</summary>
    internal static double Divergence(Histogram histogram, ValueRange range)
    {
        var counts = histogram.Counts;
        var from = Math.Clamp((int)Math.Floor((range.Low - histogram.Start) / histogram.Width), 0, counts.Length - 1);
        var to = Math.Clamp((int)Math.Ceiling((range.High - histogram.Start) / histogram.Width), from + 1, counts.Length);
        var inside = counts[from..to];
        var size = inside.Length;
        var levels = Math.Min(Levels, size);
        var zero = (int)Math.Floor((0 - histogram.Start) / histogram.Width) - from;

        double below = 0, above = 0;
        foreach (var count in counts[..from])
            below += count;
        foreach (var count in counts[to..])
            above += count;

        double divergence = 0;
        double total = histogram.Count, kept = total - below - above;
        for (var level = 0; level < levels; level++)
        {
            var (start, end) = ((int)((long)level * size / levels), (int)(((long)level + 1) * size / levels));
            double sum = 0;
            var filled = 0;
            for (var i = start; i < end; i++)
            {
                if (i == zero || inside[i] == 0)
                    continue;
                sum += inside[i];
                filled++;
            }

            // Q spreads a level evenly over its filled bins; a bin only the cut-off values fill gets a share of next to nothing
            var even = filled > 0 && kept > 0 ? sum / filled / kept : 0;
            for (var i = start; i < end; i++)
            {
                var p = (inside[i] + (i == 0 ? below : 0) + (i == size - 1 ? above : 0)) / total;
                var q = inside[i] == 0 ? 0 : i == zero ? inside[i] / kept : even;
                if (p > 0)
                    divergence += p * Math.Log(p / Math.Max(q, 1e-9));
            }
        }

        return divergence;
    }
}
