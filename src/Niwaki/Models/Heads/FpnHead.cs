namespace Niwaki;

/// <summary>
/// A light feature pyramid for boards: 1 x 1 laterals summed from coarse to fine (FPN, Lin et al., arXiv:1612.03144), each level smoothed
/// by a depthwise-separable 3 x 3 convolution at its own resolution, all levels resized to the finest and summed as in Panoptic FPN
/// (arXiv:1901.02446, section 3). Nothing is joined and no full 3 x 3 convolution runs at the finest level, which is where UPerNet spends
/// its time. Logits at the stride of the finest feature.
/// </summary>
/// <param name="Width">Channels of every level.</param>
public sealed record FpnHead(int Width) : Head
{
    /// <summary>Channels of the smoothed levels and their sum; 0 means <see cref="Width"/>.</summary>
    public int FusedWidth { get; init; }

    /// <inheritdoc/>
    protected internal override bool ReadsVectors => false;

    /// <inheritdoc/>
    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes)
    {
        var last = features.Count - 1;
        var finest = op.ShapeOf(features[0]);
        var x = Lateral(op, features[last], last);
        var fused = op.Resize(Smoothed(op, x, last), finest[2], finest[3]);
        for (var level = last - 1; level >= 0; level--)
        {
            var shape = op.ShapeOf(features[level]);
            x = op.Add(Lateral(op, features[level], level), op.Resize(x, shape[2], shape[3]));       // [B, W, H/s, W/s]
            fused = op.Add(op.Resize(Smoothed(op, x, level), finest[2], finest[3]), fused);          // [B, W, H/4, W/4]
        }

        fused = op.Tap(fused, new FeatureTap(In("fused"), FeatureLayout.Image, finest[2], finest[3]) { Kind = FeatureKind.Other });
        return op.Conv(fused, In("classifier"), new ConvOptions(classes, 1) { Bias = true });
    }

    /// <inheritdoc/>
    public override Head Narrowed(Widths widths, int features) => this with
    {
        Width = widths(In("laterals.0.conv")),
        FusedWidth = widths(In("smooth.0.pointwise.conv")),
    };

    private T Lateral<T>(IOps<T> op, T feature, int level) => op.ConvNorm(feature, In($"laterals.{level}"), new ConvOptions(Width, 1), Activation.None);

    private T Smoothed<T>(IOps<T> op, T image, int level)
    {
        var x = op.ConvNorm(image, In($"smooth.{level}.depthwise"), new ConvOptions(Width, 3) { Padding = 1, Groups = Width }, Activation.Relu);
        return op.ConvNorm(x, In($"smooth.{level}.pointwise"), new ConvOptions(FusedWidth > 0 ? FusedWidth : Width, 1), Activation.Relu);
    }
}
