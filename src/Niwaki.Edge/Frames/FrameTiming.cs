namespace Niwaki.Edge;

/// <summary>Where the time of a frame went.</summary>
internal readonly record struct FrameTiming(TimeSpan Decode, TimeSpan Prepare, TimeSpan Engine, TimeSpan Restore)
{
    /// <summary>Waiting is not counted.</summary>
    public TimeSpan Total => Decode + Prepare + Engine + Restore;

    public static FrameTiming operator +(FrameTiming left, FrameTiming right) =>
        new(left.Decode + right.Decode, left.Prepare + right.Prepare, left.Engine + right.Engine, left.Restore + right.Restore);
}
