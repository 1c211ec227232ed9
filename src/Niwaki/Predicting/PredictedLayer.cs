namespace Niwaki;

/// <summary>How long a layer is thought to take.</summary>
/// <param name="Name">The node.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Macs">Its products.</param>
/// <param name="Moved">Bytes that it reads and writes.</param>
/// <param name="Predicted">The time.</param>
public sealed record PredictedLayer(string Name, string Operator, Macs Macs, Bytes Moved, TimeSpan Predicted);
