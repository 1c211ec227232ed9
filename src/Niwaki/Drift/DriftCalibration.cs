namespace Niwaki;

/// <summary>
/// Makes a <see cref="DriftReference"/> of calibration frames. Thresholds come from permutations: the frames are parted at random into a
/// window and a rest, again and again, and what windows of one and the same data reach is what a window may reach. All statistics share one
/// false-alarm rate by their least p-value (Westfall and Young, 1993), so that looking at more of them does not raise more false alarms.
/// </summary>
public sealed record DriftCalibration
{
    /// <summary>Frames in a window. More see smaller changes, later.</summary>
    public int Window { get; init; } = 32;

    /// <summary>Windows in a row that have to exceed a threshold before it is an alarm.</summary>
    public int Hold { get; init; } = 3;

    /// <summary>The fraction of windows that may exceed a threshold although nothing changed. An alarm needs <see cref="Hold"/> of them in a row.</summary>
    public double FalseAlarms { get; init; } = 0.01;

    /// <summary>Random partings. The rarest of a hundred windows is seen fifty times in 5000.</summary>
    public int Permutations { get; init; } = 5000;

    /// <summary>From which population stability index on a change is worth an alarm, even where chance is far below it: the customary 0.2.</summary>
    public double LeastPsi { get; init; } = 0.2;

    /// <summary>Makes the reference.</summary>
    /// <param name="frames">At least four windows of them; of more than <see cref="DriftReference.MaxFrames"/>, that many are drawn.</param>
    /// <param name="seed">Of the random choices.</param>
    /// <exception cref="StageException">Too few frames, or frames without numbers.</exception>
    public DriftReference Of(IReadOnlyList<FrameStatistics> frames, int seed)
    {
        Check();
        if (frames.Count < 4 * Window)
            throw new StageException($"drift: {frames.Count} frames were given for the reference, but at least {4 * Window} are needed (four windows of {Window}). Give more pictures, or a smaller window.");
        var first = frames[0];
        if (frames.Any(frame => !frame.IsFinite || !frame.Fits(first.Areas.Length, first.Feature.Length, first.Confidence.HasValue)))
            throw new StageException("drift: a frame of the reference has other numbers than the first, or none. The model's output is broken: measure it first.");
        var random = new Random(seed);
        var kept = frames.Count <= DriftReference.MaxFrames ? [.. frames] : Drawn(frames, random);
        var reference = Describe(kept);
        var thresholds = new PermutationTest(kept, new DriftComparison(reference), Window).Thresholds(Permutations, FalseAlarms, random);
        return reference with { Thresholds = new ValueList<DriftThreshold>(thresholds.Select(Raised)) };
    }

    private DriftThreshold Raised(DriftThreshold threshold) => threshold.Statistic is DriftStatistic.Mmd or DriftStatistic.KsConfidence or DriftStatistic.KsEntropy
        ? threshold
        : threshold with { Value = Math.Max(LeastPsi, threshold.Value) };

    private void Check()
    {
        if (Window < 2 || Hold < 1 || FalseAlarms is not (> 0 and < 1) || Permutations < 100 || !(LeastPsi >= 0))
            throw new StageException($"drift: window {Window}, hold {Hold}, false-alarms {FalseAlarms}, permutations {Permutations}, least-psi {LeastPsi}; needed are 2 or more, 1 or more, between 0 and 1, 100 or more, 0 or more.");
    }

    private DriftReference Describe(FrameStatistics[] frames)
    {
        var width = frames[0].Feature.Length;
        var moments = Enumerable.Range(0, width).Select(i => frames.Aggregate(default(Moments), (seen, frame) => seen.With(frame.Feature[i]))).ToArray();
        float[] mean = [.. moments.Select(each => (float)each.Mean)];
        // a number that hardly moves would turn rounding into drift
        float[] scale = [.. moments.Select(each => (float)Math.Max(each.Deviation, 1e-3 * (1 + Math.Abs(each.Mean))))];
        var rows = new float[frames.Length * width];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = (frames[i / width].Feature[i % width] - mean[i % width]) / scale[i % width];
        double[] confidence = [.. frames.Select(frame => frame.Confidence).OfType<double>().Order()];
        double[] entropy = [.. frames.Select(frame => frame.Entropy).OfType<double>().Order()];
        var statistics = Enum.GetValues<DriftStatistic>().Where(statistic => statistic != DriftStatistic.Strangeness && (confidence.Length > 0 || statistic is DriftStatistic.PsiAreas or DriftStatistic.Mmd));
        var bandwidth = MedianDistance(rows, width);
        double[] strange = [.. Enumerable.Range(0, frames.Length).Select(i => Divergence.ThirdNearest(rows.AsSpan(i * width, width), rows, except: i) / bandwidth).Order()];
        return new DriftReference(
            DriftReference.CurrentSchema,
            Window,
            Hold,
            FalseAlarms,
            new ValueList<DriftThreshold>(statistics.Select(statistic => new DriftThreshold(statistic, 0))),
            new ValueList<double>(confidence.Select(Unit)),
            new ValueList<double>(entropy.Select(Unit)),
            new ValueList<double>(DriftComparison.MeanAreas(frames, frames[0].Areas.Length).Select(Unit)),
            new ValueList<float>(mean),
            new ValueList<float>(scale),
            new ValueList<float>(rows),
            bandwidth,
            confidence.Length > 0 ? confidence[frames.Length / 100] : 0,
            strange[^(1 + frames.Length / 100)]);
    }

    // a mean of probabilities can round to a little more than one
    private static double Unit(double value) => Math.Clamp(value, 0, 1);

    private static double MedianDistance(float[] rows, int width)
    {
        var distances = new List<float>();
        for (var i = 0; i < rows.Length; i += width)
        {
            for (var j = 0; j < i; j += width)
                distances.Add(Divergence.SquaredDistance(rows.AsSpan(i, width), rows.AsSpan(j, width)));
        }

        distances.Sort();
        return distances[distances.Count / 2] is var median and > 0 ? median : 1;
    }

    private static FrameStatistics[] Drawn(IReadOnlyList<FrameStatistics> frames, Random random)
    {
        var drawn = frames.ToArray();
        random.Shuffle(drawn);
        return drawn[..DriftReference.MaxFrames];
    }
}
