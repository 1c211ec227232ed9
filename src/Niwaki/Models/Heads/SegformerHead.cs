namespace Niwaki;

/// <summary>
/// SegFormer's all-MLP head (Xie et al., arXiv:2105.15203, section 3.2): every level is brought to one width and to the finest
/// resolution; a product over all of them makes the logits, at the stride of the finest feature.
/// </summary>
/// <param name="Width">Channels of every level and of the fused map; 256 in b0 and b1, 768 in the larger ones.</param>
public sealed record SegformerHead(int Width) : Head
{
    /// <summary>Whose form of it: the original (linear levels, joined from coarse to fine), or mmsegmentation's (levels with BatchNorm and ReLU, joined from fine to coarse).</summary>
    public SegformerForm Form { get; init; } = SegformerForm.Original;

    /// <summary>Channels of each level, finest first, where a cut made them differ; empty means <see cref="Width"/>.</summary>
    public ValueList<int> LevelWidths { get; init; } = [];

    /// <inheritdoc/>
    protected internal override bool ReadsVectors => false;

    /// <inheritdoc/>
    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes)
    {
        var finest = op.ShapeOf(features[0]);
        var levels = features.Select((feature, i) => op.Resize(Level(op, feature, i), finest[2], finest[3])).ToArray();
        if (Form == SegformerForm.Original)
            Array.Reverse(levels);
        var fused = op.ConvNorm(op.Concat(levels), In("fuse"), new ConvOptions(Width, 1), Activation.Relu);
        fused = op.Tap(fused, new FeatureTap(In("fused"), FeatureLayout.Image, finest[2], finest[3]) { Kind = FeatureKind.Other });
        return op.Conv(fused, In("classifier"), new ConvOptions(classes, 1) { Bias = true });
    }

    /// <inheritdoc/>
    public override Head Narrowed(Widths widths, int features) => this with
    {
        Width = widths(In("fuse.conv")),
        LevelWidths = [.. Enumerable.Range(0, features).Select(level => widths(In(Form == SegformerForm.Original ? $"levels.{level}" : $"levels.{level}.conv")))],
    };

    private T Level<T>(IOps<T> op, T feature, int level)
    {
        var options = new ConvOptions(LevelWidths.Count > 0 ? LevelWidths[level] : Width, 1);
        return Form == SegformerForm.Original
            ? op.Conv(feature, In($"levels.{level}"), options with { Bias = true })
            : op.ConvNorm(feature, In($"levels.{level}"), options, Activation.Relu);    // [B, W, H/s, W/s]
    }
}

/// <summary>The two forms of SegFormer's head.</summary>
public enum SegformerForm
{
    /// <summary>NVIDIA's code and Hugging Face: levels are linear and joined from the coarsest to the finest.</summary>
    Original,

    /// <summary>mmsegmentation: levels pass BatchNorm and ReLU and are joined from the finest to the coarsest.</summary>
    MmSegmentation,
}
