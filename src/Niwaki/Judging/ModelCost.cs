namespace Niwaki;

/// <summary>What a model holds and does, counted from its description.</summary>
/// <param name="Parameters">Numbers in its weights, buffers left out.</param>
/// <param name="Macs">Multiply-accumulates for one picture: products of convolutions, linear layers and attention.</param>
public sealed record ModelCost(long Parameters, Macs Macs);
