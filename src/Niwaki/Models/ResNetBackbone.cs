namespace Niwaki;

/// <summary>ResNet of basic blocks, as in ResNet-18 and -34 (He et al., arXiv:1512.03385).</summary>
/// <param name="StemWidth">Channels of the first 7 x 7 convolution.</param>
/// <param name="Stages">The first at stride 4.</param>
public sealed record ResNetBackbone(int StemWidth, ValueList<ResNetStage> Stages) : Backbone
{
    /// <inheritdoc/>
    protected internal override int FeatureCount => Stages.Count;

    /// <summary>Four stages of equal blocks, as published.</summary>
    public static ResNetBackbone Uniform(ReadOnlySpan<int> widths, ReadOnlySpan<int> depths, int stemWidth)
    {
        var stages = new ResNetStage[widths.Length];
        for (var i = 0; i < stages.Length; i++)
            stages[i] = ResNetStage.Uniform(widths[i], depths[i]);
        stages[0] = stages[0] with { Stride = 1, Projected = stemWidth != widths[0] };
        return new ResNetBackbone(stemWidth, [.. stages]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image)
    {
        var x = op.ConvNorm(image, In("stem"), new ConvOptions(StemWidth, 7) { Stride = 2, Padding = 3 }, Activation.Relu);
        x = Tap(op, op.MaxPool(x, 3, 2, 1), In("stem"), FeatureKind.Other);             // [B, C, H/4, W/4]
        var features = new List<T>();
        for (var i = 0; i < Stages.Count; i++)
        {
            for (var j = 0; j < Stages[i].Blocks.Count; j++)
                x = Block(op, x, i, j);
            x = Tap(op, x, In($"stages.{i}"), FeatureKind.Stage);                       // [B, C_i, H/s, W/s]
            features.Add(x);
        }

        return features;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image) => [op.GlobalAveragePool(Features(op, image)[^1])];

    /// <inheritdoc/>
    public override Backbone Narrowed(Widths widths, bool vectors) => this with
    {
        StemWidth = widths(In("stem.conv")),
        Stages = [.. Stages.Select((stage, i) => stage with
        {
            Width = widths(In($"stages.{i}.blocks.0.conv2.conv")),
            Blocks = [.. stage.Blocks.Select((_, j) => new ResNetBlock(widths(In($"stages.{i}.blocks.{j}.conv1.conv"))))],
        })],
    };

    private T Block<T>(IOps<T> op, T x, int stageIndex, int index)
    {
        var name = In($"stages.{stageIndex}.blocks.{index}");
        var stage = Stages[stageIndex];
        var stride = index == 0 ? stage.Stride : 1;
        var y = op.ConvNorm(x, $"{name}.conv1", new ConvOptions(stage.Blocks[index].HiddenWidth, 3) { Stride = stride, Padding = 1 }, Activation.Relu);
        y = op.ConvNorm(y, $"{name}.conv2", new ConvOptions(stage.Width, 3) { Padding = 1 }, Activation.None);
        var shortcut = index == 0 && stage.Projected
            ? op.ConvNorm(x, $"{name}.downsample", new ConvOptions(stage.Width, 1) { Stride = stride }, Activation.None)
            : x;
        return Tap(op, op.Activate(op.Add(y, shortcut), Activation.Relu), name, FeatureKind.Block);
    }

    private static T Tap<T>(IOps<T> op, T x, string name, FeatureKind kind)
    {
        var shape = op.ShapeOf(x);
        return op.Tap(x, new FeatureTap(name, FeatureLayout.Image, shape[2], shape[3]) { Kind = kind });
    }
}
