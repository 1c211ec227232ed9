namespace Niwaki.Edge;

/// <summary>How a device watches.</summary>
/// <param name="State">The folder for what outlives the program.</param>
internal sealed record WatchOptions(string State)
{
    /// <summary>The device's own name.</summary>
    public string Device { get; init; } = Environment.MachineName;

    /// <summary>Frames that are kept for labelling.</summary>
    public int Ring { get; init; } = 200;

    /// <summary>Least time between two frames of a stream that are watched: neighbours resemble each other.</summary>
    public TimeSpan StreamStep { get; init; } = TimeSpan.FromSeconds(2);
}
