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

    /// <summary>
    /// The same for pictures of a size. A ViT whose stored positions are exactly as many as its patches has none for its other tokens, which
    /// their number alone does not tell: 25 may be 5 x 5 patches, or 6 x 4 and a token.
    /// </summary>
    public Recognized For(int height, int width)
    {
        if (Architecture.Backbone is not VitBackbone { Prefix: > 0 } vit || new ReadNames(Naming, State).Shapes.GetValueOrDefault($"{Architecture.BackboneName}.pos_embed") is not { Rank: 3 } positions)
            return this;
        var patches = height / vit.PatchSize * (width / vit.PatchSize);
        return positions[1] == patches ? this with { Architecture = Architecture with { Backbone = vit with { PatchPositionsOnly = true } } }
            : positions[1] == patches + vit.Prefix ? this with { Architecture = Architecture with { Backbone = vit with { PatchPositionsOnly = false } } }
            : this;
    }
}
