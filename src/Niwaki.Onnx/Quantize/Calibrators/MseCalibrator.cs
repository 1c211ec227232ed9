namespace Niwaki.Onnx;

/// <summary>
/// Covers the range with the least mean squared error between the values and their codes: rounding against clipping. Each end
/// is searched on a grid in turn, the other held.
/// </summary>
public sealed record MseCalibrator : Calibrator
{
    /// <summary>How many ranges each search of an end tries.</summary>
    public int Steps { get; init; } = 64;

    /// <summary>The smallest range that is tried, as a share of the whole.</summary>
    public double Smallest { get; init; } = 0.05;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Steps < 1 || Smallest is not (> 0 and <= 1))
            throw new StageException($"mse calibrator: steps is {Steps} and smallest is {Smallest}; give at least 1 step, and a share above 0, at most 1.");
    }

    /// <inheritdoc/>
    public override ValueRange Range(Observation observation)
    {
        Validate();
        var bins = FilledBins.Of(observation.Histogram);
        var range = new ValueRange(observation.Histogram.Min, observation.Histogram.Max).WithZero;
        var whole = range;
        for (var round = 0; round < 2; round++)
        {
            range = Best(bins, Grid(whole.High).Select(high => range with { High = high }));
            range = Best(bins, Grid(whole.Low).Select(low => range with { Low = low }));
        }

        return range;
    }

    /// <summary>The mean squared error of covering a range.</summary>
    internal static double Error(FilledBins bins, ValueRange range)
    {
        var scale = AffineScale.Of(range);
        double step = scale.Step, inverse = 1 / step, low = -scale.ZeroPoint, high = 255 - scale.ZeroPoint, sum = 0;
        var (centers, counts) = (bins.Centers, bins.Counts);
        for (var i = 0; i < centers.Length; i++)
        {
            var error = centers[i] - (step * Math.Min(Math.Max(Math.Round(centers[i] * inverse), low), high));
            sum += counts[i] * error * error;
        }

        return sum / bins.Total;
    }

    private static ValueRange Best(FilledBins bins, IEnumerable<ValueRange> ranges) => ranges.MinBy(range => Error(bins, range));

    private IEnumerable<double> Grid(double end) =>
        end == 0 ? [0] : Enumerable.Range(0, Steps + 1).Select(i => end * (1 - ((1 - Smallest) * i / Steps)));
}
