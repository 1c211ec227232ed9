namespace Niwaki;

/// <summary>The tensors of a checkpoint file, under the names that it has.</summary>
/// <param name="Tensors">In the order of the file.</param>
/// <param name="Format">As people call it.</param>
public sealed record ForeignState(IReadOnlyDictionary<string, Weight> Tensors, string Format)
{
    /// <summary>Where in the file they were, such as <c>model_ema</c>; empty where they were the file itself.</summary>
    public string Entry { get; init; } = string.Empty;

    /// <summary>Names in the same dict that are no tensors.</summary>
    public ValueList<string> Others { get; init; } = [];

    /// <summary>The files that were read.</summary>
    public ValueList<string> Files { get; init; } = [];
}
