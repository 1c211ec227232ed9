namespace Niwaki;

/// <summary>
/// Importance for each multiply-accumulate (or parameter) that a unit costs, as in a knapsack: expensive layers lose more. Only for
/// importances that mean the same in every layer and add up, such as <c>fisher</c>, whose unit is the loss.
/// </summary>
public sealed record KnapsackAllocation : Allocation
{
    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<double>> Comparable(IReadOnlyList<ScoredGroup> groups) =>
        [.. groups.Select(group => (double[])[.. group.Scores.Select(score => score / Math.Max(1, group.UnitCost))])];
}
