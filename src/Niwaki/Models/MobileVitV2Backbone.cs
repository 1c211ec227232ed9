namespace Niwaki;

/// <summary>MobileViT v2 (Mehta and Rastegari, arXiv:2206.02680): inverted residuals, from stride 8 on with separable attention between them.</summary>
/// <param name="StemWidth">Channels of the first 3 x 3 convolution, at stride 2.</param>
/// <param name="Stages">The first at stride 2, each further one at twice the stride.</param>
public sealed record MobileVitV2Backbone(int StemWidth, ValueList<MobileVitV2Stage> Stages) : Backbone
{
    /// <summary>Stochastic depth of the last transformer block in training; earlier ones linearly less.</summary>
    public double DropPath { get; init; }

    /// <inheritdoc/>
    protected internal override int FeatureCount => Stages.Count - 1;

    /// <summary>
    /// As published: a stage at stride 2, one of two inverted residuals at stride 4, then one inverted residual and a transformer half as
    /// wide as the stage in each further stage.
    /// </summary>
    /// <param name="stemWidth">See <see cref="StemWidth"/>.</param>
    /// <param name="channels">Of every stage.</param>
    /// <param name="depths">Of the transformers of the last stages.</param>
    /// <param name="expansion">Of the inverted residuals.</param>
    public static MobileVitV2Backbone Published(int stemWidth, ReadOnlySpan<int> channels, ReadOnlySpan<int> depths, double expansion = 2)
    {
        var input = stemWidth;
        var plain = channels.Length - depths.Length;
        var stages = new MobileVitV2Stage[channels.Length];
        for (var i = 0; i < stages.Length; i++)
        {
            var output = channels[i];
            var first = InvertedResidual.Published(input, output, i == 0 ? 1 : 2, expansion);
            var width = InvertedResidual.Rounded(0.5 * output);
            stages[i] = i >= plain
                ? new MobileVitV2Stage([first]) { Transformer = new MobileVitV2Block(width, SeparableBlock.Uniform(width, depths[i - plain]), output) }
                : new MobileVitV2Stage(i == 0 ? [first] : [first, InvertedResidual.Published(output, output, 1, expansion)]);
            input = output;
        }

        return new MobileVitV2Backbone(stemWidth, [.. stages]);
    }

    /// <summary>The published network at a multiple of its widths: 0.5 to 2 in steps of a quarter were published.</summary>
    public static MobileVitV2Backbone Scaled(double multiplier) =>
        Published((int)(32 * multiplier), [(int)(64 * multiplier), (int)(128 * multiplier), (int)(256 * multiplier), (int)(384 * multiplier), (int)(512 * multiplier)], [2, 4, 3]);

    /// <summary>The same backbone with its last stages at a finer stride, see <see cref="MobileVitBackbone.WithOutputStride"/>.</summary>
    /// <param name="stride">Of the coarsest feature: 8, 16, or 32 as published.</param>
    public MobileVitV2Backbone WithOutputStride(int stride)
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
            for (var j = 0; j < Stages[i].Convolutions.Count; j++)
                x = TapImage(op, Stages[i].Convolutions[j].Forward(op, x, In($"stages.{i}.convs.{j}")), $"stages.{i}.convs.{j}", FeatureKind.Other);
            if (Stages[i].Transformer is { } transformer)
                x = transformer.Forward(op, x, In($"stages.{i}.transformer"), () => DropPath * depth++ / last);
            x = TapImage(op, x, $"stages.{i}", FeatureKind.Stage);                       // [B, C_i, H/s, W/s], up to a patch larger
            if (i > 0)
                features.Add(x);
        }

        return features;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image) => [op.GlobalAveragePool(Features(op, image)[^1])]; // [B, C]

    /// <inheritdoc/>
    public override Backbone Narrowed(Widths widths, bool vectors) => this with
    {
        StemWidth = widths(In("stem.conv")),
        Stages = [.. Stages.Select((stage, i) => new MobileVitV2Stage([.. stage.Convolutions.Select((block, j) => block.Narrowed(widths, In($"stages.{i}.convs.{j}")))])
        {
            Transformer = stage.Transformer?.Narrowed(widths, In($"stages.{i}.transformer")),
        })],
    };

    /// <inheritdoc/>
    protected internal override Backbone? Fitted(IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads)
    {
        var stages = new List<MobileVitV2Stage>();
        while (shapes.ContainsKey(In($"stages.{stages.Count}.convs.0.expand.conv.weight")))
        {
            var convolutions = new List<InvertedResidual>();
            while (InvertedResidual.Fitted(shapes, In($"stages.{stages.Count}.convs.{convolutions.Count}"), stages.Count > 0 && convolutions.Count == 0 ? 2 : 1) is { } convolution)
                convolutions.Add(convolution);
            stages.Add(new MobileVitV2Stage([.. convolutions]) { Transformer = MobileVitV2Block.Fitted(shapes, In($"stages.{stages.Count}.transformer")) });
        }

        return stages.Any(stage => stage.Transformer is not null) ? new MobileVitV2Backbone(shapes[In("stem.conv.weight")][0], [.. stages]) : null;
    }
}
