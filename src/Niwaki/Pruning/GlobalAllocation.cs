namespace Niwaki;

/// <summary>One ranking of everything, each group's importances divided by their mean: how a unit compares with its own group decides.</summary>
public sealed record GlobalAllocation : Allocation
{
    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<double>> Comparable(IReadOnlyList<ScoredGroup> groups) => [.. groups.Select(Normalized)];
}
