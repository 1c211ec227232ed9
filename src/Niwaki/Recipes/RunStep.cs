namespace Niwaki;

/// <summary>One step of a run, for one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Name">The step's name in the recipe.</param>
/// <param name="Stage">The stage's catalog name.</param>
/// <param name="Kind">The artifact's kind.</param>
/// <param name="Key">The cache key, which names the artifact's folder.</param>
/// <param name="From">The step (or folder) it worked on.</param>
/// <param name="Duration">How long the stage took, over all attempts.</param>
public sealed record RunStep(int Seed, string Name, string Stage, string Kind, string Key, string From, TimeSpan Duration)
{
    /// <summary>For a gate: whether every limit holds.</summary>
    public bool? Passed { get; init; }
}
