namespace Niwaki.Edge;

/// <summary>How long the parts of a frame take on this machine.</summary>
internal sealed record BenchReport
{
    public required string Bundle { get; init; }

    public required string Machine { get; init; }

    public required string Engine { get; init; }

    public required int Threads { get; init; }

    /// <summary>Frames that were timed.</summary>
    public required int Runs { get; init; }

    /// <summary>Of the pictures.</summary>
    public required string Sizes { get; init; }

    /// <summary>From the encoded picture to pixels.</summary>
    public required BenchTimes Decode { get; init; }

    /// <summary>Resizing and normalising.</summary>
    public required BenchTimes Prepare { get; init; }

    /// <summary>What was predicted for the network where the bundle was made.</summary>
    public BenchPrediction? Predicted { get; init; }

    /// <summary>The network.</summary>
    public required BenchTimes EngineRun { get; init; }

    /// <summary>From logits to labels at the picture's size.</summary>
    public required BenchTimes Restore { get; init; }

    /// <summary>What the watch looks at.</summary>
    public required BenchTimes Statistics { get; init; }

    /// <summary>Colours over the picture.</summary>
    public required BenchTimes Overlay { get; init; }

    /// <summary>All of it.</summary>
    public required BenchTimes Frame { get; init; }

    /// <summary>What Niwaki's own work (prepare, restore, overlay) takes of a frame, lower quartiles.</summary>
    public required double OwnShare { get; init; }

    /// <summary>The network alone, two callers or more on as many lanes as there are.</summary>
    public required double EnginePerSecond { get; init; }

    /// <summary>Milliseconds of processor time that the network alone takes for a frame.</summary>
    public required double EngineProcessor { get; init; }

    public required Bytes? PeakMemory { get; init; }

    /// <summary>What makes the times worthless.</summary>
    public string? Remark { get; init; }
}

/// <summary>Percentiles in milliseconds.</summary>
internal sealed record BenchTimes(double P25, double P50, double P95, double P99);

/// <summary>Milliseconds of the engine for one picture that were predicted where the bundle was made; not measured.</summary>
/// <param name="Device">The device that they were predicted for.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Milliseconds">The prediction.</param>
/// <param name="Shortest">The least within the method's error.</param>
/// <param name="Longest">The most within the method's error.</param>
/// <param name="Basis">What the error is known from.</param>
internal sealed record BenchPrediction(string Device, int Threads, double Milliseconds, double Shortest, double Longest, string Basis)
{
    public static BenchPrediction? Of(LatencyPrediction? known) => known is null
        ? null
        : new BenchPrediction(known.Device, known.Threads, known.Predicted.TotalMilliseconds, known.Shortest.TotalMilliseconds, known.Longest.TotalMilliseconds, known.Basis);
}
