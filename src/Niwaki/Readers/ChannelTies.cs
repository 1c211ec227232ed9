namespace Niwaki;

/// <summary>
/// The bookkeeping of <see cref="ChannelOps"/>: channels are born in a layer, sums and heads tie them, weights follow them.
/// Ties are a disjoint-set forest over single channels, so that concatenations and merged patches need no offsets.
/// </summary>
internal sealed class ChannelTies
{
    private readonly List<int> parents = [];                                            // by channel
    private readonly List<int> layers = [];                                             // by channel: where it was born
    private readonly List<Layer> born = [];
    private readonly List<int> layerParents = [];
    private readonly Dictionary<(string Parameter, int Axis), (int[] Channels, bool Reads)> slices = [];

    private sealed class Layer(string name, ChannelKind kind)
    {
        public string Name { get; } = name;

        public ChannelKind Kind { get; set; } = kind;

        public string? HeadsOf { get; set; }

        public string? Fixed { get; set; }
    }

    /// <summary>New channels that a layer writes.</summary>
    public int[] Born(string layer, ChannelKind kind, int count)
    {
        var channels = Enumerable.Range(parents.Count, count).ToArray();
        parents.AddRange(channels);
        layers.AddRange(Enumerable.Repeat(born.Count, count));
        layerParents.Add(born.Count);
        born.Add(new Layer(layer, kind));
        return channels;
    }

    /// <summary>An axis of a parameter follows channels; a layer that is applied twice ties those of both.</summary>
    /// <returns>Whether the parameter is new.</returns>
    public bool Follow(string parameter, int axis, int[] channels, bool reads)
    {
        if (slices.TryAdd((parameter, axis), (channels, reads)))
            return true;
        Tie(slices[(parameter, axis)].Channels, channels);
        return false;
    }

    /// <summary>Channel i of one and of the other go together.</summary>
    public void Tie(ReadOnlySpan<int> one, ReadOnlySpan<int> other)
    {
        if (one.Length != other.Length)
            throw new ArgumentException($"{one.Length} and {other.Length} channels cannot be tied.", nameof(other));
        for (var i = 0; i < one.Length; i++)
            Tie(one[i], other[i]);
    }

    /// <summary>All of these go together.</summary>
    public void TieAll(ReadOnlySpan<int> channels)
    {
        foreach (var channel in channels[1..])
            Tie(channels[0], channel);
    }

    /// <summary>Two channels go together.</summary>
    public void Tie(int one, int other)
    {
        parents[Root(parents, other)] = Root(parents, one);
        layerParents[Root(layerParents, layers[other])] = Root(layerParents, layers[one]);
    }

    /// <summary>The channels are cut by whole heads of an attention.</summary>
    public void MakeHeads(string attention, int[] channels)
    {
        foreach (var layer in channels.Select(channel => layers[channel]).Distinct())
        {
            born[layer].Kind = ChannelKind.Head;
            born[layer].HeadsOf ??= attention;
        }
    }

    /// <summary>Nothing of these can be cut; the first reason stays.</summary>
    public void Fix(int[] channels, string reason)
    {
        foreach (var layer in channels.Select(channel => layers[channel]).Distinct())
            born[layer].Fixed ??= reason;
    }

    /// <summary>The finished groups.</summary>
    public IReadOnlyList<ChannelGroup> Groups()
    {
        var units = new Dictionary<int, (int Group, int Unit)>();                       // by root channel
        var counts = new Dictionary<int, int>();
        for (var channel = 0; channel < parents.Count; channel++)
        {
            var root = Root(parents, channel);
            var group = Root(layerParents, layers[channel]);
            if (!units.ContainsKey(root))
                units[root] = (group, counts[group] = counts.GetValueOrDefault(group) + 1);
        }

        var found = new Dictionary<int, List<ChannelSlice>>();
        foreach (var ((parameter, axis), (channels, reads)) in slices)
        {
            foreach (var group in channels.Select(channel => units[Root(parents, channel)].Group).Distinct())
            {
                if (!found.TryGetValue(group, out var list))
                    found[group] = list = [];
                list.Add(new ChannelSlice(parameter, axis, [.. channels.Select(channel => units[Root(parents, channel)] is var (owner, unit) && owner == group ? unit - 1 : -1)], reads));
            }
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        return [.. Enumerable.Range(0, born.Count)
            .GroupBy(layer => Root(layerParents, layer))
            .Select(group => Group(names, [.. group.Select(layer => born[layer])], counts[group.Key], [.. layers.Index().Where(channel => channel.Item == group.Min()).Select(channel => channel.Index)], found.GetValueOrDefault(group.Key, [])))];
    }

    private static ChannelGroup Group(HashSet<string> names, Layer[] writers, int units, int[] first, IEnumerable<ChannelSlice> slices)
    {
        var kind = writers.Any(writer => writer.Kind == ChannelKind.Head) ? ChannelKind.Head
            : writers.Select(writer => writer.Name).Distinct().Count() > 1 ? ChannelKind.Stream
            : writers[0].Kind;
        var name = writers.Select(writer => writer.HeadsOf).FirstOrDefault(attention => attention is not null) ?? writers[0].Name;
        if (!names.Add(name))
            names.Add(name = writers[0].Name);                                          // the last head of each of an attention's scales
        return new ChannelGroup(name, kind, units, first.Length / units, [.. slices])
        {
            Fixed = writers.Select(writer => writer.Fixed).FirstOrDefault(reason => reason is not null),
        };
    }

    private static int Root(List<int> parents, int of)
    {
        while (parents[of] != of)
            of = parents[of] = parents[parents[of]];
        return of;
    }
}
