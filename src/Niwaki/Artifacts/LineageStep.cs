using System.Text.Json;

namespace Niwaki;

/// <summary>One stage in the history of an artifact.</summary>
/// <param name="Stage">The stage's catalog name.</param>
/// <param name="Options">The stage's record as JSON.</param>
/// <param name="Key">The cache key: SHA-256 over input digest, options, data digest, seed and referenced digests.</param>
/// <param name="Input">Digest of the input artifact.</param>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Started">When the stage began.</param>
/// <param name="Duration">How long it took, over all attempts that a resume joined.</param>
/// <param name="Version">The version of Niwaki.</param>
public sealed record LineageStep(string Stage, JsonElement Options, string Key, string Input, int Seed, DateTimeOffset Started, TimeSpan Duration, string Version)
{
    /// <summary>Digest of the dataset, where the stage was given one.</summary>
    public string? Data { get; init; }

    /// <summary>Digests of the referenced artifacts (a teacher), by their name in the recipe.</summary>
    public IReadOnlyDictionary<string, string> References { get; init; } = new Dictionary<string, string>();
}
