namespace Niwaki;

/// <summary>What came out of a foreign checkpoint, and what did not fit in either direction.</summary>
/// <param name="Naming">Whose names they were.</param>
/// <param name="Weights">Under our names, with the shapes of the architecture.</param>
/// <param name="Missing">Tensors of the architecture that the checkpoint does not have.</param>
/// <param name="Unused">Tensors of the checkpoint that the architecture has no place for.</param>
/// <param name="Misfits">Tensors of another shape: our name, what came, what is needed.</param>
/// <param name="Skipped">Tensors that are known to be superfluous: stored indices and masks, auxiliary heads, counters.</param>
public sealed record Imported(
    string Naming,
    IReadOnlyDictionary<string, Weight> Weights,
    ValueList<string> Missing,
    ValueList<string> Unused,
    ValueList<string> Misfits,
    ValueList<string> Skipped)
{
    /// <summary>Embeddings and tables of another grid or window: our name, and from which shape to which.</summary>
    public ValueList<string> Resampled { get; init; } = [];

    /// <summary>Whether every tensor of the architecture came.</summary>
    public bool Complete => Missing.Count == 0 && Misfits.Count == 0;
}
