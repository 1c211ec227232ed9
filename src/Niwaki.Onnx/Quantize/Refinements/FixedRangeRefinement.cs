using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Gives what a Softmax or a Sigmoid makes the scale 1/255 from 0 to 1 instead of a calibrated one (as arXiv:2111.13824 does for attention): no
/// attention above what was calibrated is cut off. Where no score comes near 1, a calibrated scale is finer.
/// </summary>
public sealed record FixedRangeRefinement : Refinement
{
    /// <inheritdoc/>
    internal override AffineScale? Scale(NodeProto producer) => producer.OpType is "Softmax" or "Sigmoid" ? AffineScale.Unit : null;
}
