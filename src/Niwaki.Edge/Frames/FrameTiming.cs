namespace Niwaki.Edge;

/// <summary>Where the time of a frame went.</summary>
internal readonly record struct FrameTiming(TimeSpan Decode, TimeSpan Prepare, TimeSpan Engine, TimeSpan Restore, TimeSpan Statistics)
{
    /// <summary>Waiting is not counted.</summary>
    public TimeSpan Total => Decode + Prepare + Engine + Restore + Statistics;

    public static FrameTiming operator +(FrameTiming left, FrameTiming right) =>
        new(left.Decode + right.Decode, left.Prepare + right.Prepare, left.Engine + right.Engine, left.Restore + right.Restore, left.Statistics + right.Statistics);
}
