using System.Globalization;

namespace Niwaki.Cli;

/// <summary>One figure of several measurements, with its way of printing.</summary>
/// <param name="Name">The figure.</param>
/// <param name="Values">One for each measurement; absent where not measured.</param>
/// <param name="Show">Prints one with its unit.</param>
/// <param name="Points">Whether a change is a difference in points of a hundred, and not a ratio.</param>
internal sealed record FigureRow(string Name, IReadOnlyList<double?> Values, Func<double, string> Show, bool Points)
{
    public static IEnumerable<FigureRow> Of(params IReadOnlyList<Measurement> all)
    {
        yield return Fraction("mean IoU", measurement => measurement.Accuracy?.MeanIoU);
        yield return Fraction("LPCV Dice", measurement => measurement.Accuracy?.Dice);
        yield return Fraction("pixel accuracy", measurement => measurement.Accuracy?.PixelAccuracy);
        yield return Amount("LPCV score (Dice a second)", measurement => measurement.ChallengeScore, value => value.ToString("0.00", CultureInfo.InvariantCulture));
        yield return Amount("parameters", measurement => measurement.Parameters, Count);
        yield return Amount("MACs", measurement => measurement.Macs?.Value, value => new Macs((long)value).ToString());
        yield return Amount("file size", measurement => measurement.FileSize?.Value, value => new Bytes((long)value).ToString());
        foreach (var threads in all.SelectMany(measurement => measurement.Latencies).Select(latency => latency.Threads).Distinct().Order())
        {
            var words = threads == 1 ? "1 thread" : $"{threads} threads";
            yield return Amount($"latency p50, {words}", measurement => At(measurement)?.EngineP50.TotalSeconds, Time);
            yield return Amount($"latency p95, {words}", measurement => At(measurement)?.EngineP95.TotalSeconds, Time);
            yield return Amount($"latency p99, {words}", measurement => At(measurement)?.EngineP99.TotalSeconds, Time);
            yield return Amount($"picture to mask p50, {words}", measurement => At(measurement)?.EndToEndP50?.TotalSeconds, Time);

            Latency? At(Measurement measurement) => measurement.Latencies.FirstOrDefault(latency => latency.Threads == threads);
        }

        yield return Amount("peak memory", measurement => measurement.PeakMemory?.Value, value => new Bytes((long)value).ToString());
        yield return Amount("energy for a picture", measurement => measurement.Energy?.Value, value => new Joules(value).ToString());

        FigureRow Fraction(string name, Func<Measurement, double?> figure) => new(name, [.. all.Select(figure)], value => value.ToString("0.0000", CultureInfo.InvariantCulture), Points: true);
        FigureRow Amount(string name, Func<Measurement, double?> figure, Func<double, string> show) => new(name, [.. all.Select(figure)], show, Points: false);
    }

    public static string Time(double seconds) => seconds < 1 ? string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.00} ms") : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");

    public static string Count(double value) => value >= 1e6 ? string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.00} M") : value >= 1e4 ? string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0} k") : value.ToString("0", CultureInfo.InvariantCulture);

    public string Print(int index) => Values[index] is { } value ? Show(value) : "–";

    public string Change(int from, int to) => (Values[from], Values[to]) switch
    {
        ({ } old, { } now) when Points => string.Create(CultureInfo.InvariantCulture, $"{(now - old) * 100:+0.00;-0.00;0.00} points"),
        ({ } old, { } now) when old > 0 && now > 0 => now <= old ? string.Create(CultureInfo.InvariantCulture, $"÷ {old / now:0.00}") : string.Create(CultureInfo.InvariantCulture, $"× {now / old:0.00}"),
        _ => "–",
    };
}
