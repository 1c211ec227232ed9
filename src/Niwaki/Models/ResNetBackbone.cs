namespace Niwaki;

/// <summary>
/// ResNet (He et al., arXiv:1512.03385) of basic blocks, as in ResNet-18 and -34, or of bottlenecks, as in ResNet-50 and -101. A bottleneck
/// steps in its 3 x 3 convolution, as in every current implementation.
/// </summary>
/// <param name="StemWidth">Channels of the first 7 x 7 convolution.</param>
/// <param name="Stages">The first at stride 4.</param>
public sealed record ResNetBackbone(int StemWidth, ValueList<ResNetStage> Stages) : Backbone
{
    /// <inheritdoc/>
    protected internal override int FeatureCount => Stages.Count;

    /// <summary>Stages of equal basic blocks, as published.</summary>
    public static ResNetBackbone Uniform(ReadOnlySpan<int> widths, ReadOnlySpan<int> depths, int stemWidth) => Published(widths, depths, stemWidth, ResNetStage.Uniform);

    /// <summary>Stages of equal bottlenecks, as published; the widths are those of the stream.</summary>
    public static ResNetBackbone Bottlenecks(ReadOnlySpan<int> widths, ReadOnlySpan<int> depths, int stemWidth) => Published(widths, depths, stemWidth, ResNetStage.Bottlenecks);

    /// <inheritdoc/>
    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image)
    {
        var x = op.ConvNorm(image, In("stem"), new ConvOptions(StemWidth, 7) { Stride = 2, Padding = 3 }, Activation.Relu);
        x = TapImage(op, op.MaxPool(x, 3, 2, 1), "stem", FeatureKind.Other);             // [B, C, H/4, W/4]
        var features = new List<T>();
        for (var i = 0; i < Stages.Count; i++)
        {
            for (var j = 0; j < Stages[i].Blocks.Count; j++)
                x = Block(op, x, i, j);
            x = TapImage(op, x, $"stages.{i}", FeatureKind.Stage);                       // [B, C_i, H/s, W/s]
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
            Width = widths(In($"stages.{i}.blocks.0.{(stage.Blocks[0].BottleneckWidth > 0 ? "conv3" : "conv2")}.conv")),
            Blocks = [.. stage.Blocks.Select((block, j) => new ResNetBlock(widths(In($"stages.{i}.blocks.{j}.conv1.conv")))
            {
                BottleneckWidth = block.BottleneckWidth > 0 ? widths(In($"stages.{i}.blocks.{j}.conv2.conv")) : 0,
            })],
        })],
    };

    /// <inheritdoc/>
    protected internal override Backbone? Fitted(IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads)
    {
        var stages = new List<ResNetStage>();
        while (shapes.ContainsKey(In($"stages.{stages.Count}.blocks.0.conv1.conv.weight")))
        {
            var blocks = new List<ResNetBlock>();
            string name;
            while (shapes.TryGetValue($"{name = In($"stages.{stages.Count}.blocks.{blocks.Count}")}.conv1.conv.weight", out var first))
                blocks.Add(new ResNetBlock(first[0]) { BottleneckWidth = shapes.ContainsKey($"{name}.conv3.conv.weight") ? shapes[$"{name}.conv2.conv.weight"][0] : 0 });
            name = In($"stages.{stages.Count}.blocks.0");
            stages.Add(new ResNetStage(shapes[$"{name}.{(blocks[0].BottleneckWidth > 0 ? "conv3" : "conv2")}.conv.weight"][0], [.. blocks])
            {
                Stride = stages.Count == 0 ? 1 : 2,
                Projected = shapes.ContainsKey($"{name}.downsample.conv.weight"),
            });
        }

        return stages.Count == 0 ? null : new ResNetBackbone(shapes[In("stem.conv.weight")][0], [.. stages]);
    }

    private static ResNetBackbone Published(ReadOnlySpan<int> widths, ReadOnlySpan<int> depths, int stemWidth, Func<int, int, ResNetStage> stage)
    {
        var stages = new ResNetStage[widths.Length];
        for (var i = 0; i < stages.Length; i++)
            stages[i] = stage(widths[i], depths[i]);
        stages[0] = stages[0] with { Stride = 1, Projected = stemWidth != widths[0] };
        return new ResNetBackbone(stemWidth, [.. stages]);
    }

    private T Block<T>(IOps<T> op, T x, int stageIndex, int index)
    {
        var name = In($"stages.{stageIndex}.blocks.{index}");
        var stage = Stages[stageIndex];
        var block = stage.Blocks[index];
        var stride = index == 0 ? stage.Stride : 1;
        T y;
        if (block.BottleneckWidth > 0)
        {
            y = op.ConvNorm(x, $"{name}.conv1", new ConvOptions(block.HiddenWidth, 1), Activation.Relu);
            y = op.ConvNorm(y, $"{name}.conv2", new ConvOptions(block.BottleneckWidth, 3) { Stride = stride, Padding = 1 }, Activation.Relu);
            y = op.ConvNorm(y, $"{name}.conv3", new ConvOptions(stage.Width, 1), Activation.None);
        }
        else
        {
            y = op.ConvNorm(x, $"{name}.conv1", new ConvOptions(block.HiddenWidth, 3) { Stride = stride, Padding = 1 }, Activation.Relu);
            y = op.ConvNorm(y, $"{name}.conv2", new ConvOptions(stage.Width, 3) { Padding = 1 }, Activation.None);
        }

        var shortcut = index == 0 && stage.Projected
            ? op.ConvNorm(x, $"{name}.downsample", new ConvOptions(stage.Width, 1) { Stride = stride }, Activation.None)
            : x;
        return TapImage(op, op.Activate(op.Add(y, shortcut), Activation.Relu), name, FeatureKind.Block);
    }
}
