namespace Niwaki.Cli;

/// <summary>A model's figures: mean and standard deviation over the seeds.</summary>
internal sealed record Figures
{
    /// <summary>Mean IoU.</summary>
    public Spread? MeanIoU { get; init; }

    /// <summary>The LPCV referee's Dice.</summary>
    public Spread? Dice { get; init; }

    /// <summary>Correct pixels among counted ones.</summary>
    public Spread? PixelAccuracy { get; init; }

    /// <summary>Numbers in the weights.</summary>
    public Spread? Parameters { get; init; }

    /// <summary>Multiply-accumulates for one picture.</summary>
    public Spread? Macs { get; init; }

    /// <summary>Bytes of the model's file.</summary>
    public Spread? FileSize { get; init; }

    /// <summary>Peak resident memory in bytes.</summary>
    public Spread? PeakMemory { get; init; }

    /// <summary>Joules for one picture.</summary>
    public Spread? Energy { get; init; }

    /// <summary>Fewest threads first.</summary>
    public ValueList<LatencyFigures> Latencies { get; init; } = [];

    /// <summary>Over one merged measurement for each seed.</summary>
    public static Figures Of(IReadOnlyList<Measurement> seeds) => new()
    {
        MeanIoU = Spread.Of(seeds.Select(seed => seed.Accuracy?.MeanIoU)),
        Dice = Spread.Of(seeds.Select(seed => seed.Accuracy?.Dice)),
        PixelAccuracy = Spread.Of(seeds.Select(seed => seed.Accuracy?.PixelAccuracy)),
        Parameters = Spread.Of(seeds.Select(seed => (double?)seed.Parameters)),
        Macs = Spread.Of(seeds.Select(seed => (double?)seed.Macs?.Value)),
        FileSize = Spread.Of(seeds.Select(seed => (double?)seed.FileSize?.Value)),
        PeakMemory = Spread.Of(seeds.Select(seed => (double?)seed.PeakMemory?.Value)),
        Energy = Spread.Of(seeds.Select(seed => seed.Energy?.Value)),
        Latencies = [.. seeds.SelectMany(seed => seed.Latencies).GroupBy(latency => latency.Threads).OrderBy(group => group.Key).Select(group => new LatencyFigures(
            group.Key,
            Spread.Of(group.Select(latency => (double?)latency.EngineP50.TotalSeconds))!,
            Spread.Of(group.Select(latency => (double?)latency.EngineP95.TotalSeconds))!,
            Spread.Of(group.Select(latency => (double?)latency.EngineP99.TotalSeconds))!)
        {
            EndToEndP50 = Spread.Of(group.Select(latency => latency.EndToEndP50?.TotalSeconds)),
        })],
    };

    /// <summary>The difference to the teacher's.</summary>
    public Change Against(Figures teacher)
    {
        var threads = Latencies.Select(latency => latency.Threads).Intersect(teacher.Latencies.Select(latency => latency.Threads)).DefaultIfEmpty(0).Min();
        return new Change
        {
            MeanIoU = MeanIoU?.Mean - teacher.MeanIoU?.Mean,
            Dice = Dice?.Mean - teacher.Dice?.Mean,
            SpeedUp = Ratio(teacher.P50(threads), P50(threads)),
            SizeRatio = Ratio(FileSize?.Mean, teacher.FileSize?.Mean),
            ParameterRatio = Ratio(Parameters?.Mean, teacher.Parameters?.Mean),
            MacsRatio = Ratio(Macs?.Mean, teacher.Macs?.Mean),
            MemoryRatio = Ratio(PeakMemory?.Mean, teacher.PeakMemory?.Mean),
            EnergyRatio = Ratio(Energy?.Mean, teacher.Energy?.Mean),
        };
    }

    /// <summary>Mean of the median engine times in seconds.</summary>
    public double? P50(int threads) => Latencies.FirstOrDefault(latency => latency.Threads == threads)?.EngineP50.Mean;

    private static double? Ratio(double? value, double? by) => by > 0 ? value / by : null;
}

/// <summary>Engine times in seconds at one number of threads.</summary>
/// <param name="Threads">Threads inside an operator.</param>
/// <param name="EngineP50">Median.</param>
/// <param name="EngineP95">95th percentile.</param>
/// <param name="EngineP99">99th percentile.</param>
internal sealed record LatencyFigures(int Threads, Spread EngineP50, Spread EngineP95, Spread EngineP99)
{
    /// <summary>Median from encoded picture to label map.</summary>
    public Spread? EndToEndP50 { get; init; }
}
