namespace Niwaki.Onnx;

/// <summary>What a pass did to a graph.</summary>
/// <param name="Pass">Its name.</param>
/// <param name="Places">In how many places it changed the graph.</param>
/// <param name="Nodes">Nodes afterwards.</param>
/// <param name="Undone">Why what it did was taken back, or why it was not used; absent where it stays.</param>
public sealed record PassOutcome(string Pass, int Places, int Nodes, string? Undone);
