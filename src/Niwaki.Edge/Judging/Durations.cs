namespace Niwaki.Edge;

/// <summary>Durations of the same work, sorted.</summary>
internal sealed class Durations
{
    private readonly TimeSpan[] sorted;

    public Durations(IEnumerable<TimeSpan> durations)
    {
        sorted = [.. durations];
        Array.Sort(sorted);
    }

    /// <summary>Between the two nearest values, linearly.</summary>
    public TimeSpan Percentile(double share)
    {
        var place = share * (sorted.Length - 1);
        var low = (int)place;
        return sorted[low] + (sorted[Math.Min(low + 1, sorted.Length - 1)] - sorted[low]) * (place - low);
    }

    /// <summary>In milliseconds.</summary>
    public BenchTimes Times() => new(Round(0.25), Round(0.5), Round(0.95), Round(0.99));

    private double Round(double share) => Math.Round(Percentile(share).TotalMilliseconds, 3);
}
