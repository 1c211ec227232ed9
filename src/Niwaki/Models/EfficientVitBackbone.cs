namespace Niwaki;

/// <summary>
/// EfficientViT (Cai et al., arXiv:2205.14756): inverted residuals with hardswish, and from stride 16 on ReLU linear attention over all
/// pixels at several scales, whose cost grows with the number of pixels and not with its square.
/// </summary>
/// <param name="StemWidth">Channels at stride 2.</param>
/// <param name="StemDepth">Depthwise-separable blocks at stride 2.</param>
/// <param name="Stages">The first at stride 4, each further one at twice the stride.</param>
public sealed record EfficientVitBackbone(int StemWidth, int StemDepth, ValueList<EfficientVitStage> Stages) : Backbone
{
    /// <summary>Channels of the 1 x 1 convolution before a classifier.</summary>
    public int FinalWidth { get; init; } = 1024;

    /// <summary>Hidden neurons of a classifier.</summary>
    public int HiddenWidth { get; init; } = 1280;

    /// <summary>Added to the sum of the keys: 1e-5 in timm, 1e-15 in the original code.</summary>
    public double AttentionEpsilon { get; init; } = 1e-5;

    /// <inheritdoc/>
    protected internal override int FeatureCount => Stages.Count;

    /// <summary>As published: expansions of four; from the third stage on blocks begin with attention, of one head for each <paramref name="headWidth"/> channels.</summary>
    /// <param name="widths">Of the stem and of every stage.</param>
    /// <param name="depths">Blocks of the stem and of every stage; without attention the one that halves the resolution counts.</param>
    /// <param name="headWidth">Channels of a head.</param>
    /// <param name="finalWidth">See <see cref="FinalWidth"/>.</param>
    /// <param name="hiddenWidth">See <see cref="HiddenWidth"/>.</param>
    public static EfficientVitBackbone Published(ReadOnlySpan<int> widths, ReadOnlySpan<int> depths, int headWidth, int finalWidth, int hiddenWidth)
    {
        const int expansion = 4;
        const int firstAttending = 2;
        var stages = new EfficientVitStage[widths.Length - 1];
        for (var i = 0; i < stages.Length; i++)
        {
            var (input, width) = (widths[i], widths[i + 1]);
            var attends = i >= firstAttending;
            var block = new EfficientVitBlock(width * expansion) { Heads = attends ? width / headWidth : 0 };
            stages[i] = new EfficientVitStage(width, input * expansion, [.. Enumerable.Repeat(block, attends ? depths[i + 1] : depths[i + 1] - 1)]) { Attends = attends };
            if (attends)
                stages[i] = stages[i] with { HeadWidth = headWidth };
        }

        return new EfficientVitBackbone(widths[0], depths[0], [.. stages]) { FinalWidth = finalWidth, HiddenWidth = hiddenWidth };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image)
    {
        var x = op.ConvNorm(image, In("stem"), new ConvOptions(StemWidth, 3) { Stride = 2, Padding = 1 }, Activation.HardSwish);
        for (var i = 0; i < StemDepth; i++)
        {
            var y = op.ConvNorm(x, In($"stem_blocks.{i}.spatial"), new ConvOptions(StemWidth, 3) { Padding = 1, Groups = StemWidth }, Activation.HardSwish);
            x = op.Add(op.ConvNorm(y, In($"stem_blocks.{i}.point"), new ConvOptions(StemWidth, 1), Activation.None), x);
        }

        x = TapImage(op, x, "stem", FeatureKind.Other);                                      // [B, C, H/2, W/2]
        var features = new List<T>();
        for (var i = 0; i < Stages.Count; i++)
        {
            x = TapImage(op, Stages[i].Entry(op, x, In($"stages.{i}")), $"stages.{i}.entry", FeatureKind.Other);
            for (var j = 0; j < Stages[i].Blocks.Count; j++)
                x = TapImage(op, Stages[i].Block(op, x, In($"stages.{i}.blocks.{j}"), j, AttentionEpsilon), $"stages.{i}.blocks.{j}", Stages[i].Attends ? FeatureKind.Block : FeatureKind.Other);
            x = TapImage(op, x, $"stages.{i}", FeatureKind.Stage);                           // [B, C_i, H/s, W/s]
            features.Add(x);
        }

        return features;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image)
    {
        var x = op.ConvNorm(Features(op, image)[^1], In("final"), new ConvOptions(FinalWidth, 1), Activation.HardSwish);
        x = op.Linear(op.GlobalAveragePool(TapImage(op, x, "final", FeatureKind.Other)), In("hidden"), HiddenWidth, bias: false);
        return [op.Activate(op.LayerNorm(x, In("hidden_norm")), Activation.HardSwish)]; // [B, C]
    }

    /// <inheritdoc/>
    public override Backbone Narrowed(Widths widths, bool vectors) => this with
    {
        StemWidth = widths(In("stem.conv")),
        Stages = [.. Stages.Select((stage, i) => stage.Narrowed(widths, In($"stages.{i}")))],
        FinalWidth = vectors ? widths(In("final.conv")) : FinalWidth,
        HiddenWidth = vectors ? widths(In("hidden")) : HiddenWidth,
    };

    /// <inheritdoc/>
    protected internal override Backbone? Fitted(IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads)
    {
        var depth = 0;
        while (shapes.ContainsKey(In($"stem_blocks.{depth}.spatial.conv.weight")))
            depth++;
        var stages = new List<EfficientVitStage>();
        while (EfficientVitStage.Fitted(shapes, In($"stages.{stages.Count}")) is { } stage)
            stages.Add(stage);
        return stages.Count == 0 ? null : new EfficientVitBackbone(shapes[In("stem.conv.weight")][0], depth, [.. stages])
        {
            FinalWidth = shapes.TryGetValue(In("final.conv.weight"), out var final) ? final[0] : FinalWidth,
            HiddenWidth = shapes.TryGetValue(In("hidden.weight"), out var hidden) ? hidden[0] : HiddenWidth,
        };
    }
}
