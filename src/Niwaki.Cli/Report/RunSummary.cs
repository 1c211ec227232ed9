namespace Niwaki.Cli;

/// <summary>
/// <c>summary.json</c> of a run, for programs: every model with all its measurements, and their mean and standard deviation over the seeds.
/// Times are in seconds, sizes in bytes, qualities are fractions 0..1. What was not measured is absent. <c>niwaki schema --summary</c>
/// prints its JSON Schema; a change that breaks a reader raises <see cref="SchemaVersion"/>.
/// </summary>
/// <param name="SchemaVersion">1.</param>
/// <param name="Recipe">The recipe's name.</param>
/// <param name="Seeds">The seeds that ran.</param>
/// <param name="Models">One entry for each step that gives a model, in the order of the recipe; a model that the recipe took and measured comes first.</param>
/// <param name="Gates">One entry for each gate and seed.</param>
internal sealed record RunSummary(int SchemaVersion, string Recipe, ValueList<int> Seeds, ValueList<ModelEntry> Models, ValueList<GateEntry> Gates)
{
    /// <summary>The version that this program writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>File name in the run folder.</summary>
    public const string FileName = "summary.json";

    /// <summary>What the recipe shows.</summary>
    public string? Description { get; init; }

    /// <summary>The version of Niwaki.</summary>
    public string? Niwaki { get; init; }

    /// <summary>Whether all gates passed; absent without a gate.</summary>
    public bool? Passed { get; init; }

    /// <summary>Why the run ended early.</summary>
    public string? Failure { get; init; }

    /// <summary>The model that changes are told against.</summary>
    public string? Teacher { get; init; }

    /// <summary>Why latencies on the recipe's devices were not predicted.</summary>
    public string? Unpredicted { get; init; }

    /// <summary>The machine that measured.</summary>
    public string? Machine { get; init; }
}
