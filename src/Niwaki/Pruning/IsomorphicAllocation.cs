namespace Niwaki;

/// <summary>
/// Ranks only among groups of the same kind, so that heads, neurons and filters each lose the same share (isomorphic pruning,
/// Fang et al., arXiv:2407.04616).
/// </summary>
public sealed record IsomorphicAllocation : Allocation
{
    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<double>> Comparable(IReadOnlyList<ScoredGroup> groups)
    {
        var result = new IReadOnlyList<double>[groups.Count];
        foreach (var kind in Enumerable.Range(0, groups.Count).GroupBy(i => groups[i].Group.Kind))
        {
            double[] ranks = Ranks([.. kind.SelectMany(i => groups[i].Scores)]);
            var start = 0;
            foreach (var i in kind)
            {
                result[i] = ranks[start..(start + groups[i].Scores.Count)];
                start += groups[i].Scores.Count;
            }
        }

        return result;
    }
}
