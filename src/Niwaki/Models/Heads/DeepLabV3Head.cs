namespace Niwaki;

/// <summary>
/// DeepLabV3 (Chen et al., arXiv:1706.05587, section 3.3): atrous spatial pyramid pooling of the coarsest feature, a 1 x 1 convolution,
/// 3 x 3 convolutions of growing dilation and the mean of the picture beside each other. Logits at that feature's stride, as with
/// MobileViT (arXiv:2110.02178, section 4.2).
/// </summary>
/// <param name="Width">Channels of every branch and of their fusion; 256 as published.</param>
public sealed record DeepLabV3Head(int Width) : Head
{
    /// <summary>Dilations of the 3 x 3 branches; 6, 12 and 18 are meant for a feature at stride 16.</summary>
    public ValueList<int> Rates { get; init; } = [6, 12, 18];

    /// <summary>Channels of each branch where a cut made them differ, the 1 x 1 first and the mean last; empty means <see cref="Width"/>.</summary>
    public ValueList<int> BranchWidths { get; init; } = [];

    /// <inheritdoc/>
    protected internal override bool ReadsVectors => false;

    private int Pooled => Rates.Count + 1;

    /// <inheritdoc/>
    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes)
    {
        var feature = features[^1];
        var shape = op.ShapeOf(feature);
        var branches = new List<T> { Branch(op, feature, 0, 1, 1) };
        for (var i = 0; i < Rates.Count; i++)
            branches.Add(Branch(op, feature, i + 1, 3, Rates[i]));
        branches.Add(op.Resize(Branch(op, op.AveragePool(feature, 1, 1), Pooled, 1, 1), shape[2], shape[3]));

        var fused = op.ConvNorm(op.Concat(branches), In("project"), new ConvOptions(Width, 1), Activation.Relu);
        fused = op.Tap(fused, new FeatureTap(In("fused"), FeatureLayout.Image, shape[2], shape[3]) { Kind = FeatureKind.Other });
        return op.Conv(fused, In("classifier"), new ConvOptions(classes, 1) { Bias = true });
    }

    /// <inheritdoc/>
    public override Head Narrowed(Widths widths, int features) => this with
    {
        Width = widths(In("project.conv")),
        BranchWidths = [.. Enumerable.Range(0, Pooled + 1).Select(i => widths(In($"branches.{i}.conv")))],
    };

    private T Branch<T>(IOps<T> op, T feature, int index, int kernel, int rate) => op.ConvNorm(
        feature,
        In($"branches.{index}"),
        new ConvOptions(BranchWidths.Count > 0 ? BranchWidths[index] : Width, kernel) { Padding = kernel / 2 * rate, Dilation = rate },
        Activation.Relu);
}
