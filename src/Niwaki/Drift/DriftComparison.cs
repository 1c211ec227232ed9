namespace Niwaki;

/// <summary>Compares windows of frames with a reference; made once, since a reference is long.</summary>
internal sealed class DriftComparison
{
    // the squared distance, in units of the median one, below which two frames show the same; of independent frames, one pair of two hundred is as near
    private const double Same = 0.1;

    private readonly double[] confidence;
    private readonly double[] entropy;
    private readonly double[] areas;
    private readonly float[] features;
    private readonly float[] mean;
    private readonly float[] scale;
    private readonly double bandwidth;
    private readonly double within;

    public DriftComparison(DriftReference reference)
    {
        Reference = reference;
        (confidence, entropy, areas) = ([.. reference.Confidence], [.. reference.Entropy], [.. reference.Areas]);
        (features, mean, scale, bandwidth) = ([.. reference.Features], [.. reference.Mean], [.. reference.Scale], reference.Bandwidth);
        ConfidenceEdges = confidence.Length > 0 ? Divergence.Edges(confidence) : [];
        EntropyEdges = entropy.Length > 0 ? Divergence.Edges(entropy) : [];
        ConfidenceBins = Counts(confidence, ConfidenceEdges);
        EntropyBins = Counts(entropy, EntropyEdges);
        within = MeanKernel(features);
    }

    public DriftReference Reference { get; }

    public double[] ConfidenceEdges { get; }

    public double[] EntropyEdges { get; }

    public long[] ConfidenceBins { get; }

    public long[] EntropyBins { get; }

    public int Width => mean.Length;

    /// <summary>Whether a frame has the same numbers as the reference's.</summary>
    public bool Fits(FrameStatistics frame) => frame.Fits(areas.Length, mean.Length, confidence.Length > 0);

    /// <summary>How far a window is from the reference, by each statistic that has a threshold.</summary>
    public ValueList<DriftValue> Of(IReadOnlyList<FrameStatistics> window) =>
        new(Reference.Thresholds.Select(threshold => new DriftValue(threshold.Statistic, Of(threshold.Statistic, window), threshold.Value)));

    /// <summary>
    /// The same for frames of a video, of which some may show the same. The thresholds are those of as many independent frames as a
    /// window has. Frames that are like an earlier one count as that one, and fewer frames may be farther away by chance; where fewer than half
    /// are left, pictures are judged and not a distribution: is a quarter of them foreign? (Haze makes independent pictures alike too: not for those.)
    /// </summary>
    public ValueList<DriftValue> OfVideo(IReadOnlyList<FrameStatistics> window)
    {
        var distinct = Distinct(window);
        if (distinct.Count * 2 < window.Count)
            return [new DriftValue(DriftStatistic.Strangeness, UpperQuartile(window.Select(Strangeness)), Reference.ForeignAbove)];
        var fewer = (double)window.Count / distinct.Count;
        return new(Reference.Thresholds.Select(threshold => new DriftValue(threshold.Statistic, Of(threshold.Statistic, distinct), threshold.Value * (threshold.Statistic is DriftStatistic.KsConfidence or DriftStatistic.KsEntropy ? Math.Sqrt(fewer) : fewer))));
    }

    /// <summary>The place of the view that shows the same as a frame, by their features before mean and scale; -1 where none does.</summary>
    public int Alike(FrameStatistics frame, IReadOnlyList<ValueList<float>> views)
    {
        for (var view = views.Count - 1; view >= 0; view--)
        {
            var sum = 0d;
            for (var i = 0; i < Width; i++)
            {
                var apart = (frame.Feature[i] - views[view][i]) / scale[i];
                sum += apart * apart;
            }

            if (sum <= Same * bandwidth)
                return view;
        }

        return -1;
    }

    private List<FrameStatistics> Distinct(IReadOnlyList<FrameStatistics> window)
    {
        var rows = Scaled(window);
        var distinct = new List<int>();
        for (var i = 0; i < window.Count; i++)
        {
            if (distinct.TrueForAll(other => Divergence.SquaredDistance(rows.AsSpan(i * Width, Width), rows.AsSpan(other * Width, Width)) > Same * bandwidth))
                distinct.Add(i);
        }

        return [.. distinct.Select(i => window[i])];
    }

    private static double UpperQuartile(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length * 3 / 4];
    }

    /// <summary>How far a frame is from the nearest frames of the reference, in units of the kernel's width.</summary>
    public double Strangeness(FrameStatistics frame) => Divergence.ThirdNearest(Scaled([frame]), features) / bandwidth;

    public static long[] Counts(ReadOnlySpan<double> values, ReadOnlySpan<double> edges)
    {
        var counts = new long[edges.Length + 1];
        foreach (var value in values)
            counts[Divergence.BinOf(value, edges)]++;
        return counts;
    }

    public static double[] MeanAreas(IReadOnlyList<FrameStatistics> frames, int classes)
    {
        var areas = new double[classes];
        foreach (var frame in frames)
        {
            for (var c = 0; c < classes; c++)
                areas[c] += (double)frame.Areas[c] / frames.Count;
        }

        return areas;
    }

    /// <summary>The squared discrepancy of rows from the reference's.</summary>
    public double Mmd(float[] rows)
    {
        var sum = 0d;
        for (var i = 0; i < rows.Length; i += Width)
        {
            for (var j = 0; j < features.Length; j += Width)
                sum += Kernel(rows.AsSpan(i, Width), features.AsSpan(j, Width));
        }

        return MeanKernel(rows) + within - 2 * sum / ((double)(rows.Length / Width) * (features.Length / Width));
    }

    public float[] Scaled(IReadOnlyList<FrameStatistics> frames)
    {
        var rows = new float[frames.Count * Width];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = (frames[i / Width].Feature[i % Width] - mean[i % Width]) / scale[i % Width];
        return rows;
    }

    private double Of(DriftStatistic statistic, IReadOnlyList<FrameStatistics> window) => statistic switch
    {
        DriftStatistic.PsiConfidence => Divergence.Psi(ConfidenceBins, Counts(Values(window, frame => frame.Confidence), ConfidenceEdges)),
        DriftStatistic.PsiEntropy => Divergence.Psi(EntropyBins, Counts(Values(window, frame => frame.Entropy), EntropyEdges)),
        DriftStatistic.PsiAreas => Divergence.PsiOfAreas(areas, MeanAreas(window, areas.Length)),
        DriftStatistic.KsConfidence => Divergence.KolmogorovSmirnov(confidence, Values(window, frame => frame.Confidence)),
        DriftStatistic.KsEntropy => Divergence.KolmogorovSmirnov(entropy, Values(window, frame => frame.Entropy)),
        DriftStatistic.Mmd => Mmd(Scaled(window)),
        _ => throw new ArgumentOutOfRangeException(nameof(statistic), statistic, "Unknown statistic."),
    };

    private static double[] Values(IReadOnlyList<FrameStatistics> window, Func<FrameStatistics, double?> of)
    {
        double[] values = [.. window.Select(of).OfType<double>()];
        Array.Sort(values);
        return values;
    }

    // over pairs of different rows: without bias
    private double MeanKernel(float[] rows)
    {
        var (sum, count) = (0d, rows.Length / Width);
        for (var i = 0; i < rows.Length; i += Width)
        {
            for (var j = 0; j < i; j += Width)
                sum += Kernel(rows.AsSpan(i, Width), rows.AsSpan(j, Width));
        }

        return count < 2 ? 1 : 2 * sum / ((double)count * (count - 1));
    }

    private double Kernel(ReadOnlySpan<float> first, ReadOnlySpan<float> second) => Math.Exp(-Divergence.SquaredDistance(first, second) / bandwidth);
}
