namespace Niwaki.Edge;

/// <summary>What <c>/v1/drift</c> tells.</summary>
internal sealed record DriftAnswer
{
    public required string Device { get; init; }

    public required DateTimeOffset Since { get; init; }

    public required long Frames { get; init; }

    /// <summary>Frames in a window.</summary>
    public required int Window { get; init; }

    /// <summary>Frames in the window that is not full yet.</summary>
    public required int Open { get; init; }

    public required long Windows { get; init; }

    public required long Exceeding { get; init; }

    /// <summary>Frames that wait for somebody to label them.</summary>
    public required int Kept { get; init; }

    /// <summary>The one that lasts.</summary>
    public DriftEvent? Alarm { get; init; }

    public required IReadOnlyList<DriftEvent> Alarms { get; init; }

    public required IReadOnlyList<DriftPoint> Recent { get; init; }

    /// <summary>Of requests that were answered with labels.</summary>
    public required RequestTimes Milliseconds { get; init; }
}

/// <summary>An alarm.</summary>
internal sealed record DriftEvent(long Number, DateTimeOffset Raised, DateTimeOffset? Cleared, string Message)
{
    public static DriftEvent Of(DriftAlarm alarm) => new(alarm.Number, alarm.Raised, alarm.Cleared, alarm.ToString());
}

/// <summary>A window.</summary>
internal sealed record DriftPoint(long Number, DateTimeOffset Ended, double? Confidence, double? Entropy, IReadOnlyList<DriftExcess> Values);

/// <summary>Percentiles of requests, in milliseconds.</summary>
internal sealed record RequestTimes(double? P50, double? P99);
