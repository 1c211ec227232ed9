namespace Niwaki.Onnx;

/// <summary>Covers a moving average of the smallest and of the largest value of each picture.</summary>
public sealed record MovingAverageCalibrator : Calibrator
{
    /// <summary>The share of the average that stays with each further picture, 0 to below 1.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Momentum is not (>= 0 and < 1))
            throw new StageException($"moving-average calibrator: momentum is {Momentum}; give 0 to below 1.");
    }

    /// <inheritdoc/>
    public override ValueRange Range(Observation observation)
    {
        Validate();
        var average = observation.Pictures[0];
        // the first picture counts like any other: start the momentum low and let it rise
        for (var i = 1; i < observation.Pictures.Count; i++)
        {
            var keep = Math.Min(Momentum, (double)i / (i + 1));
            var next = observation.Pictures[i];
            average = new ValueRange((keep * average.Low) + ((1 - keep) * next.Low), (keep * average.High) + ((1 - keep) * next.High));
        }

        return average;
    }
}
