namespace Niwaki.Onnx;

/// <summary>
/// Evens out the weights of products that follow each other directly or with a ReLU, a pooling or moved data between them (cross-layer
/// equalization, arXiv:1906.04721, section 4.1): channel i is divided by s = √(r₁r₂)/r₂, where r₁ is the largest weight that makes it and r₂ the
/// largest that reads it, in rounds until nothing changes. Needs no pictures; the float graph stays the same, which is checked.
/// </summary>
public sealed record CrossLayerRefinement : Refinement
{
    /// <summary>Times over the graph at most.</summary>
    public int Repetitions { get; init; } = 20;

    /// <inheritdoc/>
    internal override bool Rewrites => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Repetitions < 1)
            throw new StageException($"cross-layer: repetitions is {Repetitions}; give at least 1 (20 is usual).");
    }

    /// <inheritdoc/>
    internal override void Rewrite(FloatRewriting graph)
    {
        var proto = graph.Model.Graph;
        var sources = ChannelSource.All(proto, graph.Layouts).Where(source => !source.IsNorm).ToArray();
        for (var (round, change) = (0, double.PositiveInfinity); round < Repetitions && change > 1e-3; round++)
        {
            change = 0;
            foreach (var source in sources)
            {
                var factors = source.WritingWeights(proto).Zip(source.ReadingWeights(proto), (made, read) => made < 1e-12 || read < 1e-12 ? 1 : Math.Clamp(Math.Sqrt(made / read), 1e-4, 1e4)).ToArray();
                source.Divide(proto, factors);
                change = Math.Max(change, factors.Max(factor => Math.Abs(Math.Log(factor))));
            }
        }

        graph.Say($"cross-layer: the weights around {sources.Length} values are evened out.");
    }
}
