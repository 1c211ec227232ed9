namespace Niwaki;

/// <summary>
/// UPerNet (Xiao et al., arXiv:1807.10221): pyramid pooling of the coarsest feature, a top-down feature pyramid, and a 3 x 3 fusion
/// of all levels at the finest one. Logits at the stride of the finest feature.
/// </summary>
/// <param name="Width">Channels of every level; 512 as published, far fewer on a board.</param>
public sealed record UperNetHead(int Width) : Head
{
    /// <summary>Grid sizes of the pyramid pooling.</summary>
    public ValueList<int> PoolScales { get; init; } = [1, 2, 3, 6];

    /// <summary>Channels of each pooled branch where a cut made them differ; empty means <see cref="Width"/>.</summary>
    public ValueList<int> PoolWidths { get; init; } = [];

    /// <summary>Channels of each level's 3 x 3 output, finest first (the last is the coarsest lateral itself); empty means <see cref="Width"/>.</summary>
    public ValueList<int> OutputWidths { get; init; } = [];

    /// <summary>Channels of the fused map; 0 means <see cref="Width"/>.</summary>
    public int FusedWidth { get; init; }

    /// <inheritdoc/>
    protected internal override bool ReadsVectors => false;

    /// <inheritdoc/>
    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes)
    {
        var last = features.Count - 1;
        var laterals = new T[features.Count];
        for (var level = 0; level < last; level++)
            laterals[level] = ConvModule(op, features[level], $"lateral_convs.{level}", Width, 1);
        laterals[last] = PyramidPooling(op, features[last]);
        for (var level = last; level > 0; level--)
        {
            var finer = op.ShapeOf(laterals[level - 1]);
            laterals[level - 1] = op.Add(laterals[level - 1], op.Resize(laterals[level], finer[2], finer[3]));
        }

        var finest = op.ShapeOf(laterals[0]);
        var outputs = new T[features.Count];
        for (var level = 0; level <= last; level++)
        {
            var output = level < last ? ConvModule(op, laterals[level], $"fpn_convs.{level}", OutputWidths.Count > 0 ? OutputWidths[level] : Width, 3) : laterals[level];
            outputs[level] = op.Resize(output, finest[2], finest[3]);                   // [B, W, H/4, W/4]
        }

        var fused = ConvModule(op, op.Concat(outputs), "fpn_bottleneck", FusedWidth > 0 ? FusedWidth : Width, 3);
        fused = op.Tap(fused, new FeatureTap(In("fused"), FeatureLayout.Image, finest[2], finest[3]) { Kind = FeatureKind.Other });
        return op.Conv(fused, In("classifier"), new ConvOptions(classes, 1) { Bias = true });
    }

    /// <inheritdoc/>
    public override Head Narrowed(Widths widths, int features) => this with
    {
        Width = widths(In("bottleneck.conv")),                                          // and of the laterals: they are added to it
        PoolWidths = [.. PoolScales.Select((_, i) => widths(In($"psp_modules.{i}.conv")))],
        OutputWidths = [.. Enumerable.Range(0, features - 1).Select(i => widths(In($"fpn_convs.{i}.conv")))],
        FusedWidth = widths(In("fpn_bottleneck.conv")),
    };

    private T PyramidPooling<T>(IOps<T> op, T feature)
    {
        var shape = op.ShapeOf(feature);
        var parts = new List<T> { feature };
        for (var i = 0; i < PoolScales.Count; i++)
        {
            var pooled = ConvModule(op, op.AveragePool(feature, PoolScales[i], PoolScales[i]), $"psp_modules.{i}", PoolWidths.Count > 0 ? PoolWidths[i] : Width, 1);
            parts.Add(op.Resize(pooled, shape[2], shape[3]));
        }

        return ConvModule(op, op.Concat(parts), "bottleneck", Width, 3);
    }

    private static T ConvModule<T>(IOps<T> op, T image, string name, int channels, int kernel)
    {
        var x = op.Conv(image, In($"{name}.conv"), new ConvOptions(channels, kernel) { Padding = kernel / 2 });
        return op.Activate(op.BatchNorm(x, In($"{name}.bn")), Activation.Relu);
    }
}
