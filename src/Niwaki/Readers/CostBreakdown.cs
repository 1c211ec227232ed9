namespace Niwaki;

/// <summary>What a model holds and does for one picture, layer by layer.</summary>
/// <param name="Total">The sums.</param>
/// <param name="PeakActivations">
/// Most bytes of intermediate results in float32 at any moment, for an engine that frees a result after its last reader, works element by
/// element in place where it can, and folds BatchNorm into its convolution. Attention is counted with its whole matrix of logits.
/// </param>
/// <param name="Layers">In the order of the forward.</param>
public sealed record CostBreakdown(ModelCost Total, Bytes PeakActivations, IReadOnlyList<LayerCost> Layers);
