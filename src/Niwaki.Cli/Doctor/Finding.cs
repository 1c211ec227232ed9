namespace Niwaki.Cli;

/// <summary>One thing that was looked at.</summary>
/// <param name="What">Its name.</param>
/// <param name="State">How it is.</param>
/// <param name="Found">In words.</param>
internal sealed record Finding(string What, FindingState State, string Found)
{
    /// <summary>What to do.</summary>
    public string? Remedy { get; init; }
}

/// <summary>How a thing is.</summary>
internal enum FindingState
{
    /// <summary>There, and used.</summary>
    Good,

    /// <summary>Not there, and nothing stops without it.</summary>
    Absent,

    /// <summary>Not there, and something stops without it.</summary>
    Missing,
}
