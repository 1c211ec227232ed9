namespace Niwaki.Onnx;

/// <summary>Covers the given share of all values, and cuts the rest off evenly at both ends.</summary>
public sealed record PercentileCalibrator : Calibrator
{
    /// <summary>Percent of the values that are kept: 99.9, 99.99 and 99.999 are usual.</summary>
    public double Percent { get; init; } = 99.99;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Percent is not (> 50 and <= 100))
            throw new StageException($"percentile calibrator: percent is {Percent}; give more than 50, at most 100.");
    }

    /// <inheritdoc/>
    public override ValueRange Range(Observation observation)
    {
        Validate();
        var tail = (1 - (Percent / 100)) / 2;
        return new ValueRange(observation.Histogram.Quantile(tail), observation.Histogram.Quantile(1 - tail));
    }
}
