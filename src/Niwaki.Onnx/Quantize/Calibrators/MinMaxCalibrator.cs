namespace Niwaki.Onnx;

/// <summary>Covers everything that was seen. Nothing is clipped; a single outlier costs resolution everywhere.</summary>
public sealed record MinMaxCalibrator : Calibrator
{
    /// <inheritdoc/>
    public override ValueRange Range(Observation observation) => new(observation.Histogram.Min, observation.Histogram.Max);
}
