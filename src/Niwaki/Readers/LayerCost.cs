namespace Niwaki;

/// <summary>What one layer holds and does for one picture.</summary>
/// <param name="Name">The layer's full name; a learned token or embedding has its own.</param>
/// <param name="Macs">Products of its weights with its input, or of queries, keys and values.</param>
/// <param name="Parameters">Numbers in its weights, buffers left out; a layer that is applied again counts them once.</param>
/// <param name="Output">Its result in float32.</param>
/// <param name="Peak">All intermediate results that exist while it runs, in float32: see <see cref="CostBreakdown.PeakActivations"/>.</param>
public sealed record LayerCost(string Name, Macs Macs, long Parameters, Bytes Output, Bytes Peak);
