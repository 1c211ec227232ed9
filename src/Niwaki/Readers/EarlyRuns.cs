namespace Niwaki;

/// <summary>
/// What engines may hold because they run in another order than the forward: a graph only says who waits for whom, and an operation whose
/// inputs are there, such as the first one of a head on the finest feature, may run long before the forward comes to it.
/// </summary>
internal sealed class EarlyRuns
{
    private readonly IReadOnlyList<CostEvent> events;
    private readonly IReadOnlyList<long> sizes;
    private readonly int[] madeAt;

    public EarlyRuns(IReadOnlyList<CostEvent> events, IReadOnlyList<long> sizes)
    {
        (this.events, this.sizes) = (events, sizes);
        madeAt = new int[sizes.Count];
        Array.Fill(madeAt, -1);
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Writes != CostEvent.Nothing)
                madeAt[events[i].Writes] = i;
        }
    }

    /// <summary>Most bytes that there may be at an operation beyond those that the forward's own order has.</summary>
    public long Beyond(int at)
    {
        var early = new List<int>();
        var ready = new HashSet<int>();                                                 // results of early operations
        for (var i = at + 1; i < events.Count; i++)
        {
            if (!events[i].Reads.All(read => madeAt[read] < at || ready.Contains(read)))
                continue;
            early.Add(i);
            if (events[i].Writes != CostEvent.Nothing)
                ready.Add(events[i].Writes);
        }

        return early.Count == 0 ? 0 : Branches(early).Sum(branch => Most(branch, at));
    }

    // after which of a branch's operations there is most: what they read is gone once nobody else waits for it
    private long Most(IReadOnlyList<int> branch, int at)
    {
        var waiting = new Dictionary<int, int>();
        for (var i = at; i < events.Count; i++)
        {
            foreach (var read in events[i].Reads.Distinct())
                waiting[read] = waiting.GetValueOrDefault(read) + 1;
        }

        var (more, most) = (0L, 0L);
        foreach (var i in branch)
        {
            more += events[i].Made(sizes);
            foreach (var read in events[i].Reads.Distinct())
            {
                if (--waiting[read] == 0)
                    more -= sizes[read];
            }

            most = Math.Max(most, more);
        }

        return most;
    }

    // operations that read the same results, or each other's, belong together
    private IEnumerable<IReadOnlyList<int>> Branches(IReadOnlyList<int> early)
    {
        var branches = new List<(HashSet<int> Results, List<int> Operations)>();
        foreach (var i in early)
        {
            HashSet<int> results = [.. events[i].Reads, .. events[i].Writes == CostEvent.Nothing ? [] : (int[])[events[i].Writes]];
            var joined = branches.Where(branch => branch.Results.Overlaps(results)).ToArray();
            var operations = joined.SelectMany(branch => branch.Operations).Append(i).Order().ToList();
            foreach (var branch in joined)
            {
                results.UnionWith(branch.Results);
                branches.Remove(branch);
            }

            branches.Add((results, operations));
        }

        return branches.Select(branch => branch.Operations);
    }
}
