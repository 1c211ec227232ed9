namespace Niwaki.Onnx;

/// <summary>What 8 bits in one layer alone do to the result.</summary>
/// <param name="Node">The layer's name.</param>
/// <param name="Result">Of the graph with this layer alone in 8 bits.</param>
public sealed record LayerSensitivity(string Node, Fidelity Result)
{
    /// <summary>Power of the error over the power of the scores; where only labels come out, the share of changed labels.</summary>
    internal double Noise => Result.SignalToNoise is { } ratio ? Math.Pow(10, -ratio / 10) : 1 - Result.Agreement;
}
