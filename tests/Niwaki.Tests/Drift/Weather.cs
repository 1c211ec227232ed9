namespace Niwaki.Tests;

/// <summary>Frames of a made-up camera whose statistics are known: usual ones, and ones after a change.</summary>
internal sealed class Weather(int seed)
{
    private readonly Random random = new(seed);

    /// <summary>How many standard deviations the confidence has moved.</summary>
    public double Haze { get; init; }

    /// <summary>How much of the picture has turned from the first class to the second.</summary>
    public double Flood { get; init; }

    /// <summary>How many standard deviations one number of the feature has moved.</summary>
    public double Foreign { get; init; }

    /// <summary>Whether the graph gives labels alone.</summary>
    public bool LabelsAlone { get; init; }

    public FrameStatistics Frame()
    {
        var confidence = Math.Clamp(0.85 + 0.04 * (Normal() - Haze), 0.01, 0.999);
        var second = Math.Clamp(0.25 + 0.05 * Normal() + Flood, 0, 0.95);
        var third = Math.Clamp(0.05 * random.NextDouble(), 0, 1 - second);
        float[] feature = [.. Enumerable.Range(0, 8).Select(i => (float)(i + 0.3 * i * Normal() + (i == 5 ? Foreign * 0.3 * i : 0)))];
        return new FrameStatistics(LabelsAlone ? null : confidence, LabelsAlone ? null : Math.Clamp(1 - confidence + 0.01 * Normal(), 0, 1), [(float)(1 - second - third), (float)second, (float)third], feature);
    }

    public FrameStatistics[] Frames(int count) => [.. Enumerable.Range(0, count).Select(_ => Frame())];

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
