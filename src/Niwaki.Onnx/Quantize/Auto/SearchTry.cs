namespace Niwaki.Onnx;

/// <summary>One candidate of a search.</summary>
/// <param name="Title">What was changed.</param>
/// <param name="Result">What it gave; absent where it could not be made.</param>
/// <param name="Chosen">Whether the search went on from it.</param>
public sealed record SearchTry(string Title, Fidelity? Result, bool Chosen);
