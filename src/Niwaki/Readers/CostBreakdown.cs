namespace Niwaki;

/// <summary>What a model holds and does for one picture, layer by layer.</summary>
/// <param name="Total">The sums.</param>
/// <param name="PeakActivations">
/// Most bytes of intermediate results in float32 at any moment: no run on ONNX Runtime takes more, in whatever order its operations run
/// that do not wait for each other. Counted for an engine that frees a
/// result after its last reader, folds BatchNorm into its convolution, clips (ReLU, sigmoid, softmax) in place and everything else not:
/// a sum is a third map, and SiLU, GELU and hard swish take one more for their gate. Attention has its whole matrix of logits. The
/// scratch of kernels (such as a convolution's patches) is not in it.
/// </param>
/// <param name="Layers">In the order of the forward.</param>
public sealed record CostBreakdown(ModelCost Total, Bytes PeakActivations, IReadOnlyList<LayerCost> Layers);
