namespace Niwaki.Onnx;

/// <summary>
/// Moves outliers of activations into weights: each channel that products read is divided by s = max|X|^α / max|W|^(1−α), and its weights are
/// multiplied by it (SmoothQuant, arXiv:2211.10438, equation 4). Where a LayerNorm makes the channels, or a product with a ReLU or nothing
/// behind it. The float graph stays the same, which is checked. To be tried, not taken for granted: it also makes weights uneven.
/// </summary>
public sealed record SmoothQuantRefinement : Refinement
{
    /// <summary>How much goes into the weights, 0 to 1: 0 evens the weights, 1 the activations.</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>Whether channels that a product makes are smoothed too, not only those of normalizations.</summary>
    public bool Products { get; init; } = true;

    /// <inheritdoc/>
    internal override bool Rewrites => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Alpha is not (>= 0 and <= 1))
            throw new StageException($"smooth-quant: alpha is {Alpha}; give 0 to 1 (0.5 is usual).");
    }

    /// <inheritdoc/>
    internal override void Rewrite(FloatRewriting graph)
    {
        var sources = ChannelSource.All(graph.Model.Graph, graph.Layouts).Where(source => source.IsNorm || Products).ToArray();
        var ranges = graph.Ranges(sources);
        foreach (var source in sources)
        {
            var weights = source.ReadingWeights(graph.Model.Graph);
            source.Divide(graph.Model.Graph, [.. ranges[source.Value].Sizes.Zip(weights, Factor)]);
        }

        graph.Say($"smooth-quant: the channels of {sources.Length} values are smoothed (alpha {Alpha}).");
    }

    // a dead channel, or one that nothing weighs, has no outliers to move
    private double Factor(double size, double weight) =>
        size < 1e-12 || weight < 1e-12 ? 1 : Math.Clamp(Math.Pow(size, Alpha) / Math.Pow(weight, 1 - Alpha), 1e-4, 1e4);
}
