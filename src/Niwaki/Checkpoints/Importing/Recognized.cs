namespace Niwaki;

/// <summary>What a checkpoint turned out to be.</summary>
/// <param name="Naming">Whose names it has.</param>
/// <param name="Architecture">With the checkpoint's own number of classes, computed as the naming's library does.</param>
/// <param name="State">The tensors without their prefix.</param>
internal sealed record Recognized(Naming Naming, Architecture Architecture, IReadOnlyDictionary<string, Weight> State)
{
    /// <summary>The usual name, where it has one.</summary>
    public string? Preset { get; init; }

    /// <summary>Other usual names of the same tensors.</summary>
    public ValueList<string> AlsoKnownAs { get; init; } = [];

    /// <summary>What stood before every name.</summary>
    public string Prefix { get; init; } = string.Empty;

    /// <summary>Whether the checkpoint has the classifier of <see cref="Architecture"/>.</summary>
    public bool HasClassifier { get; init; } = true;
}
