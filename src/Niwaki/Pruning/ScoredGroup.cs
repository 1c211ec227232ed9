namespace Niwaki;

/// <summary>A channel group with the importance of its units.</summary>
/// <param name="Group">The group.</param>
/// <param name="Scores">For each unit, at least 0; on a scale of the importance's own.</param>
/// <param name="UnitCost">What the budget saves for one unit, counted in the dense model.</param>
public sealed record ScoredGroup(ChannelGroup Group, IReadOnlyList<double> Scores, double UnitCost);
