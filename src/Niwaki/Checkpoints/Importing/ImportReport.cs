namespace Niwaki;

/// <summary>What an import did, for whoever asks later: <c>import.json</c> in the model's folder.</summary>
/// <param name="Source">As it was given.</param>
/// <param name="Format">Of the file.</param>
/// <param name="Naming">Whose names the tensors had.</param>
/// <param name="Tensors">How many came from the checkpoint.</param>
public sealed record ImportReport(string Source, string Format, string Naming, int Tensors)
{
    /// <summary>File name inside the artifact.</summary>
    public const string FileName = "import.json";

    /// <summary>The usual name of the network, where it has one.</summary>
    public string? Model { get; init; }

    /// <summary>The dict inside the file that held the tensors.</summary>
    public string? Entry { get; init; }

    /// <summary>What stood before every name and was taken off.</summary>
    public string? Prefix { get; init; }

    /// <summary>SHA-256 of every file that was read.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Tensors of the network that start anew.</summary>
    public ValueList<string> Fresh { get; init; } = [];

    /// <summary>Tensors of the checkpoint that have no place in the network.</summary>
    public ValueList<string> Unused { get; init; } = [];

    /// <summary>Tensors of another shape that were left out.</summary>
    public ValueList<string> Misfits { get; init; } = [];

    /// <summary>Embeddings and tables that were resampled to another grid or window.</summary>
    public ValueList<string> Resampled { get; init; } = [];

    /// <summary>Stored indices, masks, counters and auxiliary heads, which nobody needs.</summary>
    public ValueList<string> Skipped { get; init; } = [];

    /// <summary>Entries beside the tensors that are no tensors.</summary>
    public ValueList<string> Others { get; init; } = [];
}
