namespace Niwaki;

/// <summary>
/// Everything that a device saw, in bounded memory; totals against one reference can be put together. What is compared with the reference
/// (bins, areas, sample) counts frames of a video that show the same once, as its thresholds are those of independent pictures.
/// </summary>
/// <param name="Frames">Frames with numbers.</param>
/// <param name="Refused">Frames without: the engine gave what is no number.</param>
/// <param name="Confidence">Of the frames.</param>
/// <param name="Entropy">Of the frames.</param>
/// <param name="ConfidenceBins">Distinct frames in each tenth of the reference's confidences.</param>
/// <param name="EntropyBins">Distinct frames in each tenth of the reference's entropies.</param>
/// <param name="Areas">Of each class, over the distinct frames.</param>
/// <param name="Sample">A random few of the distinct frames.</param>
public sealed record DriftTotals(
    long Frames,
    long Refused,
    Moments Confidence,
    Moments Entropy,
    ValueList<long> ConfidenceBins,
    ValueList<long> EntropyBins,
    ValueList<Moments> Areas,
    ValueList<DriftSample> Sample)
{
    /// <summary>Frames in a sample.</summary>
    public const int SampleSize = 64;

    /// <summary>Frames that are compared with the reference: all but those of a video that show what was seen before.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Distinct => Areas.Count == 0 ? 0 : Areas[0].Count;

    /// <summary>Of both.</summary>
    /// <exception cref="ArgumentException">They belong to different references.</exception>
    public DriftTotals With(DriftTotals other)
    {
        if (other.ConfidenceBins.Count != ConfidenceBins.Count || other.EntropyBins.Count != EntropyBins.Count || other.Areas.Count != Areas.Count)
            throw new ArgumentException("Totals against different references cannot be put together.", nameof(other));
        return new DriftTotals(
            Frames + other.Frames,
            Refused + other.Refused,
            Confidence.With(other.Confidence),
            Entropy.With(other.Entropy),
            Sum(ConfidenceBins, other.ConfidenceBins),
            Sum(EntropyBins, other.EntropyBins),
            new ValueList<Moments>(Areas.Zip(other.Areas, (left, right) => left.With(right))),
            new ValueList<DriftSample>(Sample.Concat(other.Sample).OrderBy(sample => sample.Priority).Take(SampleSize)));
    }

    private static ValueList<long> Sum(ValueList<long> left, ValueList<long> right) => new(left.Zip(right, (one, two) => one + two));
}

/// <summary>A frame that was drawn. Those with the least random priority are kept, so that a sample of two samples is a sample of all.</summary>
/// <param name="Priority">Random.</param>
/// <param name="Feature">The pooled feature, before mean and scale.</param>
public sealed record DriftSample(ulong Priority, ValueList<float> Feature);
