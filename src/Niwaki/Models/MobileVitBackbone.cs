namespace Niwaki;

/// <summary>MobileViT v1 (Mehta and Rastegari, arXiv:2110.02178): inverted residuals, from stride 8 on with transformers between them.</summary>
/// <param name="StemWidth">Channels of the first 3 x 3 convolution, at stride 2.</param>
/// <param name="Stages">The first at stride 2, each further one at twice the stride.</param>
/// <param name="FinalWidth">Channels of the 1 x 1 convolution before a classifier.</param>
public sealed record MobileVitBackbone(int StemWidth, ValueList<MobileVitStage> Stages, int FinalWidth) : Backbone
{
    /// <summary>Stochastic depth of the last transformer block in training; earlier ones linearly less.</summary>
    public double DropPath { get; init; }

    /// <inheritdoc/>
    protected internal override int FeatureCount => Stages.Count - 1;

    /// <summary>
    /// As published: a stage at stride 2, one of three inverted residuals at stride 4, then one inverted residual and a transformer in
    /// each further stage.
    /// </summary>
    /// <param name="stemWidth">See <see cref="StemWidth"/>.</param>
    /// <param name="channels">Of every stage.</param>
    /// <param name="widths">Of the transformers of the last stages.</param>
    /// <param name="depths">Of the transformers of the last stages.</param>
    /// <param name="expansion">Of the inverted residuals.</param>
    /// <param name="finalWidth">See <see cref="FinalWidth"/>.</param>
    public static MobileVitBackbone Published(int stemWidth, ReadOnlySpan<int> channels, ReadOnlySpan<int> widths, ReadOnlySpan<int> depths, double expansion, int finalWidth)
    {
        var input = stemWidth;
        var plain = channels.Length - widths.Length;
        var stages = new MobileVitStage[channels.Length];
        for (var i = 0; i < stages.Length; i++)
        {
            var output = channels[i];
            var first = InvertedResidual.Published(input, output, i == 0 ? 1 : 2, expansion);
            var further = InvertedResidual.Published(output, output, 1, expansion);
            stages[i] = i >= plain
                ? new MobileVitStage([first]) { Transformer = MobileVitBlock.Published(output, widths[i - plain], depths[i - plain]) }
                : new MobileVitStage(i == 0 ? [first] : [first, further, further]);
            input = output;
        }

        return new MobileVitBackbone(stemWidth, [.. stages], finalWidth);
    }

    /// <summary>
    /// The same backbone with its last stages at a finer stride: they no longer step, and the depthwise convolutions of those after the
    /// first such stage are dilated instead (DeepLabV3, arXiv:1706.05587, section 3.1, in the form of Hugging Face's MobileViT).
    /// </summary>
    /// <param name="stride">Of the coarsest feature: 8, 16, or 32 as published.</param>
    public MobileVitBackbone WithOutputStride(int stride)
    {
        var first = InvertedResidual.Dilated([.. Stages.Select((stage, i) => (stage.Convolutions[0], Input: i == 0 ? StemWidth : Stages[i - 1].Width))], stride);
        return this with { Stages = [.. Stages.Select((stage, i) => stage with { Convolutions = [first[i], .. stage.Convolutions.Skip(1)] })] };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image)
    {
        var features = new List<T>();
        var x = op.ConvNorm(image, In("stem"), new ConvOptions(StemWidth, 3) { Stride = 2, Padding = 1 }, Activation.Silu);
        var depth = 0;
        var last = Math.Max(1, Stages.Sum(stage => stage.Transformer?.Blocks.Count ?? 0) - 1);
        for (var i = 0; i < Stages.Count; i++)
        {
            var stage = Stages[i];
            for (var j = 0; j < stage.Convolutions.Count; j++)
                x = TapImage(op, stage.Convolutions[j].Forward(op, x, In($"stages.{i}.convs.{j}")), $"stages.{i}.convs.{j}", FeatureKind.Other);
            if (stage.Transformer is { } transformer)
                x = transformer.Forward(op, x, In($"stages.{i}.transformer"), () => DropPath * depth++ / last);
            x = TapImage(op, x, $"stages.{i}", FeatureKind.Stage);                       // [B, C_i, H/s, W/s]
            if (i > 0)
                features.Add(x);
        }

        return features;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image)
    {
        var x = op.ConvNorm(Features(op, image)[^1], In("final"), new ConvOptions(FinalWidth, 1), Activation.Silu);
        return [op.GlobalAveragePool(TapImage(op, x, "final", FeatureKind.Other))];      // [B, C]
    }

    /// <inheritdoc/>
    public override Backbone Narrowed(Widths widths, bool vectors) => this with
    {
        StemWidth = widths(In("stem.conv")),
        Stages = [.. Stages.Select((stage, i) => new MobileVitStage([.. stage.Convolutions.Select((block, j) => block.Narrowed(widths, In($"stages.{i}.convs.{j}")))])
        {
            Transformer = stage.Transformer?.Narrowed(widths, In($"stages.{i}.transformer")),
        })],
        FinalWidth = vectors ? widths(In("final.conv")) : FinalWidth,
    };

    /// <inheritdoc/>
    protected internal override Backbone? Fitted(IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads)
    {
        var stages = new List<MobileVitStage>();
        for (var i = 0; i < Stages.Count; i++)
        {
            var residuals = new List<InvertedResidual>();
            string name;
            while (shapes.TryGetValue($"{name = In($"stages.{i}.convs.{residuals.Count}")}.expand.conv.weight", out var expand))
            {
                // steps and dilations are no matter of shapes
                var known = Stages[i].Convolutions[Math.Min(residuals.Count, Stages[i].Convolutions.Count - 1)];
                var width = shapes[$"{name}.project.conv.weight"][0];
                residuals.Add(known with { Width = width, ExpandedWidth = expand[0], Residual = known.Stride == 1 && expand[1] == width });
            }

            if (residuals.Count == 0 || (Stages[i].Transformer is null) == shapes.ContainsKey(In($"stages.{i}.transformer.enter.weight")))
                return null;
            stages.Add(new MobileVitStage([.. residuals]) { Transformer = Stages[i].Transformer?.Fitted(shapes, In($"stages.{i}.transformer"), heads.Count > 0 ? heads[0] : 0) });
        }

        return this with
        {
            StemWidth = shapes[In("stem.conv.weight")][0],
            Stages = [.. stages],
            FinalWidth = shapes.TryGetValue(In("final.conv.weight"), out var final) ? final[0] : FinalWidth,
        };
    }
}
