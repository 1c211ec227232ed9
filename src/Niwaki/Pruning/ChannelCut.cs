namespace Niwaki;

/// <summary>Which units of which channel groups stay.</summary>
/// <param name="Kept">By the group's name the units that stay, ascending; a group that is not here stays whole.</param>
public sealed record ChannelCut(IReadOnlyDictionary<string, ValueList<int>> Kept)
{
    /// <summary>Nothing is cut.</summary>
    public static ChannelCut None { get; } = new(new Dictionary<string, ValueList<int>>());
}
