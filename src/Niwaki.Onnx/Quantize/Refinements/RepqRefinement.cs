namespace Niwaki.Onnx;

/// <summary>
/// Gives all channels of a LayerNorm's result one range, so that one scale serves them all, and undoes it in the linear layers that
/// read it (RepQ-ViT, arXiv:2212.08254, section 3.3): with s and z of each channel, their means s̃ and z̃, r₁ = s/s̃ and r₂ = z − z̃,
/// the gain becomes γ/r₁, the offset (β + s r₂)/r₁, weights W diag(r₁) and biases b − W(s r₂). Where a padded convolution or a layer
/// without a bias reads it, the ranges are only scaled. The float graph stays the same, which is checked.
/// </summary>
public sealed record RepqRefinement : Refinement
{
    // a channel that hardly moves keeps some scale, or its gain would explode
    private const double LeastScale = 1.0 / 256;

    /// <inheritdoc/>
    internal override bool Rewrites => true;

    /// <inheritdoc/>
    internal override void Rewrite(FloatRewriting graph)
    {
        var sources = ChannelSource.All(graph.Model.Graph, graph.Layouts).Where(source => source.IsNorm).ToArray();
        var ranges = graph.Ranges(sources);
        var layers = 0;
        var shifted = 0;
        foreach (var source in sources)
        {
            var range = ranges[source.Value];
            var scales = source.TakesShift ? range.Highs.Zip(range.Lows, (high, low) => high - low).ToArray() : [.. range.Highs.Zip(range.Lows, (high, low) => Math.Max(Math.Abs(high), Math.Abs(low)))];
            var mean = scales.Average();
            if (mean < 1e-20)
                continue;
            scales = [.. scales.Select(scale => Math.Max(scale, LeastScale * mean))];
            if (source.TakesShift)
            {
                // in units of s: z is where zero lies in the channel's range
                var zeros = scales.Zip(range.Lows, (scale, low) => -low / scale).ToArray();
                var meanZero = Math.Clamp(zeros.Average(), 0, 1);
                source.Shift(graph.Model.Graph, [.. scales.Zip(zeros, (scale, zero) => scale * (zero - meanZero))]);
                shifted++;
            }

            source.Divide(graph.Model.Graph, [.. scales.Select(scale => scale / mean)]);
            layers += source.Flow.Readers.Count;
        }

        graph.Say($"repq: {sources.Length} normalizations give their channels one range, {layers} layers undo it ({shifted} of the normalizations with an offset).");
    }
}
