namespace Niwaki.Torch;

/// <summary>What the options of a <see cref="Prune"/> mean for one network.</summary>
internal static class PruneChoice
{
    /// <summary>The groups that may be cut.</summary>
    public static IReadOnlyList<ChannelGroup> Choice(this Prune options, ChannelGraph graph) =>
        [.. graph.Groups.Where(group => group.Fixed is null && group.Kind switch
        {
            ChannelKind.Head => options.Heads,
            ChannelKind.Neuron => options.Neurons,
            _ => options.Filters,
        })];

    /// <summary>How many units of a group stay in any case, by its width in the network that the pruning began with.</summary>
    public static Func<ChannelGroup, int> Floor(this Prune options, ChannelGraph original)
    {
        var units = original.Groups.ToDictionary(group => group.Name, group => group.Units);
        return group => (int)Math.Ceiling(units.GetValueOrDefault(group.Name, group.Units) * options.Least);
    }
}
