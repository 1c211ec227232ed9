using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>The pass marks of a deployment. A limit that is absent is not checked.</summary>
public sealed record Budget
{
    /// <summary>Least mean IoU, 0..1.</summary>
    public double? MinMeanIoU { get; init; }

    /// <summary>Least LPCV Dice, 0..1.</summary>
    public double? MinDice { get; init; }

    /// <summary>Whether no limit is set.</summary>
    [JsonIgnore]
    public bool IsEmpty => this == new Budget();

    /// <summary>Most mean IoU lost against the teacher, 0..1 (0.03 is three points).</summary>
    public double? MaxIoUDrop { get; init; }

    /// <summary>Most engine time, median, at the fewest measured threads.</summary>
    public TimeSpan? MaxLatency { get; init; }

    /// <summary>Most peak resident memory.</summary>
    public Bytes? MaxMemory { get; init; }

    /// <summary>Largest model file.</summary>
    public Bytes? MaxSize { get; init; }

    /// <summary>Most energy for a picture.</summary>
    public Joules? MaxEnergy { get; init; }

    /// <summary>Least speed-up against the teacher, at the same threads (engine, median).</summary>
    public double? MinSpeedUp { get; init; }

    /// <summary>Most bytes as a fraction of the teacher's file, 0..1.</summary>
    public double? MaxSizeRatio { get; init; }

    /// <summary>Judges a measurement, one line for each limit.</summary>
    /// <param name="model">What is judged.</param>
    /// <param name="teacher">What it is compared with; relative limits without it are failures.</param>
    public Verdict Judge(Measurement model, Measurement? teacher)
    {
        var lines = new List<VerdictLine>();
        AtLeast("mean IoU", MinMeanIoU, model.Accuracy?.MeanIoU, value => $"{value:0.0000}");
        AtLeast("LPCV Dice", MinDice, model.Accuracy?.Dice, value => $"{value:0.0000}");
        AtMost("mean IoU lost against the teacher", MaxIoUDrop, teacher?.Accuracy?.MeanIoU - model.Accuracy?.MeanIoU, value => $"{value:0.0000}");
        AtMost("latency p50", MaxLatency?.TotalMilliseconds, Fewest(model)?.EngineP50.TotalMilliseconds, value => $"{value:0.00} ms");
        AtMost("peak memory", MaxMemory?.Value, model.PeakMemory?.Value, value => new Bytes((long)value).ToString());
        AtMost("file size", MaxSize?.Value, model.FileSize?.Value, value => new Bytes((long)value).ToString());
        AtMost("energy for a picture", MaxEnergy?.Value, model.Energy?.Value, value => new Joules(value).ToString());
        var slow = teacher?.Latencies.FirstOrDefault(latency => latency.Threads == Fewest(model)?.Threads);
        AtLeast("speed-up against the teacher", MinSpeedUp, slow?.EngineP50 / Fewest(model)?.EngineP50, value => $"{value:0.00}x");
        AtMost("size against the teacher", MaxSizeRatio, (double?)model.FileSize?.Value / teacher?.FileSize?.Value, value => $"{value:0.000}");
        return new Verdict(lines);

        void AtLeast(string what, double? limit, double? value, Func<double, string> print) => Line(what, limit, value, print, ">=", value >= limit - Slack(limit));
        void AtMost(string what, double? limit, double? value, Func<double, string> print) => Line(what, limit, value, print, "<=", value <= limit + Slack(limit));
        void Line(string what, double? limit, double? value, Func<double, string> print, string relation, bool holds)
        {
            if (limit is { } set)
                lines.Add(new VerdictLine(what, $"{relation} {print(set)}", value is { } measured ? print(measured) : "not measured", value is not null && holds));
        }
    }

    /// <summary>Refuses limits that no measurement can be compared with.</summary>
    /// <exception cref="StageException">NaN, negative or out of range.</exception>
    public void Validate()
    {
        Check("minMeanIoU", MinMeanIoU, 1);
        Check("minDice", MinDice, 1);
        Check("maxIoUDrop", MaxIoUDrop, 1);
        Check("maxLatency", MaxLatency?.TotalSeconds, double.MaxValue);
        Check("maxMemory", MaxMemory?.Value, double.MaxValue);
        Check("maxSize", MaxSize?.Value, double.MaxValue);
        Check("maxEnergy", MaxEnergy?.Value, double.MaxValue);
        Check("minSpeedUp", MinSpeedUp, double.MaxValue);
        Check("maxSizeRatio", MaxSizeRatio, double.MaxValue);

        static void Check(string name, double? value, double most)
        {
            if (value is { } set && !(set >= 0 && set <= most && double.IsFinite(set)))
                throw new StageException($"budget: {name} is {set}, but a number from 0{(most == 1 ? " to 1" : " up")} is needed.");
        }
    }

    // 0.80 - 0.77 is 0.03 to a person, and a little more to a computer
    private static double? Slack(double? limit) => Math.Max(1, Math.Abs(limit ?? 0)) * 1e-12;

    private static Latency? Fewest(Measurement model) => model.Latencies.MinBy(latency => latency.Threads);
}
