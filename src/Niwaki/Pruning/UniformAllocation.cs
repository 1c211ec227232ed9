namespace Niwaki;

/// <summary>Every group loses the same share of its units.</summary>
public sealed record UniformAllocation : Allocation
{
    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<double>> Comparable(IReadOnlyList<ScoredGroup> groups) => [.. groups.Select(group => Ranks(group.Scores))];
}
