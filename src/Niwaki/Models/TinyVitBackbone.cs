namespace Niwaki;

/// <summary>
/// TinyViT (Wu et al., arXiv:2207.10666): a convolutional stem and first stage, then windowed attention, without shift, with a 3 x 3
/// depthwise convolution between the windows' attention and the MLP.
/// </summary>
/// <param name="StemWidth">Channels of the first of two 3 x 3 convolutions, at stride 2.</param>
/// <param name="Width">Channels of the second one and of the first stage, at stride 4.</param>
/// <param name="ConvWidths">Hidden channels of each inverted residual of the first stage.</param>
/// <param name="Stages">The further stages, each at twice the stride.</param>
public sealed record TinyVitBackbone(int StemWidth, int Width, ValueList<int> ConvWidths, ValueList<TinyVitStage> Stages) : Backbone
{
    /// <summary>Epsilon of every LayerNorm.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Stochastic depth of the last block in training; earlier blocks linearly less.</summary>
    public double DropPath { get; init; }

    /// <inheritdoc/>
    protected internal override int FeatureCount => Stages.Count + 1;

    /// <summary>As published: inverted residuals and MLPs four times as wide as the stream.</summary>
    /// <param name="widths">Of every stage.</param>
    /// <param name="depths">Blocks of every stage.</param>
    /// <param name="heads">Of every stage; the first has none, and its number is not read.</param>
    /// <param name="windows">Of every stage; the first has none, and its number is not read.</param>
    /// <param name="mlpRatio">Hidden neurons of MLPs for each channel of the stream.</param>
    public static TinyVitBackbone Published(ReadOnlySpan<int> widths, ReadOnlySpan<int> depths, ReadOnlySpan<int> heads, ReadOnlySpan<int> windows, double mlpRatio = 4)
    {
        const int expansion = 4;
        var stages = new TinyVitStage[widths.Length - 1];
        for (var i = 1; i < widths.Length; i++)
            stages[i - 1] = new TinyVitStage(widths[i], widths[i], windows[i], TransformerBlock.Uniform(widths[i], depths[i], heads[i], mlpRatio));
        return new TinyVitBackbone(widths[0] / 2, widths[0], [.. Enumerable.Repeat(widths[0] * expansion, depths[0])], [.. stages]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image)
    {
        var features = new List<T> { First(op, image) };
        for (var i = 0; i < Stages.Count; i++)
            features.Add(op.GridToImage(Stage(op, features[^1], i)));                   // [B, C_i, H/s, W/s]
        return features;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image)
    {
        var x = First(op, image);
        for (var i = 0; i < Stages.Count - 1; i++)
            x = op.GridToImage(Stage(op, x, i));
        var mean = Stages.Count == 0 ? op.GlobalAveragePool(x) : op.MeanTokens(op.GridToTokens(Stage(op, x, Stages.Count - 1)));
        return [op.LayerNorm(mean, In("norm"), Epsilon)];                               // [B, C]
    }

    /// <inheritdoc/>
    public override Backbone Narrowed(Widths widths, bool vectors) => this with
    {
        StemWidth = widths(In("stem.0.conv")),
        Width = widths(In("stem.1.conv")),
        ConvWidths = [.. ConvWidths.Select((_, j) => widths(In($"stages.0.convs.{j}.expand.conv")))],
        Stages = [.. Stages.Select((stage, i) => stage with
        {
            DownsampleWidth = widths(In($"stages.{i + 1}.downsample.expand.conv")),
            Width = widths(In($"stages.{i + 1}.downsample.project.conv")),
            Blocks = [.. stage.Blocks.Select((block, j) => block.Narrowed(widths, In($"stages.{i + 1}.blocks.{j}")))],
        })],
    };

    /// <inheritdoc/>
    protected internal override Backbone? Fitted(IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads)
    {
        var convolutions = new List<int>();
        while (shapes.TryGetValue(In($"stages.0.convs.{convolutions.Count}.expand.conv.weight"), out var expanded))
            convolutions.Add(expanded[0]);
        var stages = new List<TinyVitStage>();
        while (shapes.TryGetValue(In($"stages.{stages.Count + 1}.downsample.expand.conv.weight"), out var hidden))
        {
            var stage = In($"stages.{stages.Count + 1}");
            var blocks = new List<TransformerBlock>();
            string name;
            while (shapes.TryGetValue($"{name = $"{stage}.blocks.{blocks.Count}"}.attn.attention_biases", out var biases))
                blocks.Add(new TransformerBlock(biases[0], shapes[$"{name}.attn.proj.weight"][1] / biases[0], shapes[$"{name}.mlp.fc1.weight"][0]));
            var window = (int)Math.Round(Math.Sqrt(shapes[$"{stage}.blocks.0.attn.attention_biases"][1]));
            stages.Add(new TinyVitStage(hidden[0], shapes[$"{stage}.downsample.project.conv.weight"][0], window, [.. blocks]) { LocalKernel = shapes[$"{stage}.blocks.0.spatial.conv.weight"][2] });
        }

        return stages.Count == 0 ? null : new TinyVitBackbone(shapes[In("stem.0.conv.weight")][0], shapes[In("stem.1.conv.weight")][0], [.. convolutions], [.. stages]) { DropPath = DropPath };
    }

    private int Depth => ConvWidths.Count + Stages.Sum(stage => stage.Blocks.Count);

    private double Drop(int block) => DropPath * block / Math.Max(1, Depth - 1);

    private T First<T>(IOps<T> op, T image)
    {
        var x = op.ConvNorm(image, In("stem.0"), new ConvOptions(StemWidth, 3) { Stride = 2, Padding = 1 }, Activation.Gelu);
        x = op.ConvNorm(x, In("stem.1"), new ConvOptions(Width, 3) { Stride = 2, Padding = 1 }, Activation.None);
        x = TapImage(op, x, "stem", FeatureKind.Other);                 // [B, C, H/4, W/4]
        for (var j = 0; j < ConvWidths.Count; j++)
        {
            var name = In($"stages.0.convs.{j}");
            var y = op.ConvNorm(x, $"{name}.expand", new ConvOptions(ConvWidths[j], 1), Activation.Gelu);
            y = op.ConvNorm(y, $"{name}.depthwise", new ConvOptions(ConvWidths[j], 3) { Padding = 1, Groups = ConvWidths[j] }, Activation.Gelu);
            y = op.ConvNorm(y, $"{name}.project", new ConvOptions(Width, 1), Activation.None);
            x = op.Activate(op.Add(x, op.DropPath(y, Drop(j))), Activation.Gelu);
            x = TapImage(op, x, $"stages.0.convs.{j}", FeatureKind.Other);
        }

        return TapImage(op, x, "stages.0", FeatureKind.Stage);
    }

    private T Stage<T>(IOps<T> op, T image, int index)
    {
        var stage = Stages[index];
        var name = $"stages.{index + 1}";
        var x = op.ConvNorm(image, In($"{name}.downsample.expand"), new ConvOptions(stage.DownsampleWidth, 1), Activation.Gelu);
        x = op.ConvNorm(x, In($"{name}.downsample.depthwise"), new ConvOptions(stage.DownsampleWidth, 3) { Stride = 2, Padding = 1, Groups = stage.DownsampleWidth }, Activation.Gelu);
        x = op.ConvNorm(x, In($"{name}.downsample.project"), new ConvOptions(stage.Width, 1), Activation.None);
        x = TapGrid(op, op.ImageToGrid(x), $"{name}.downsample", FeatureKind.Other);
        var before = ConvWidths.Count + Stages.Take(index).Sum(earlier => earlier.Blocks.Count);
        for (var j = 0; j < stage.Blocks.Count; j++)
            x = TapGrid(op, Block(op, x, stage, stage.Blocks[j], In($"{name}.blocks.{j}"), Drop(before + j)), $"{name}.blocks.{j}", FeatureKind.Block);
        return TapGrid(op, x, name, FeatureKind.Stage);                 // [B, H/s, W/s, C]
    }

    private T Block<T>(IOps<T> op, T x, TinyVitStage stage, TransformerBlock block, string name, double drop)
    {
        var grid = op.ShapeOf(x);
        var layout = new WindowLayout { Height = grid[1], Width = grid[2], WindowHeight = stage.Window, WindowWidth = stage.Window };
        var windows = op.LayerNorm(op.Windows(x, layout), $"{name}.norm1", Epsilon);    // [B*nW, area, C]; padding is normalised too
        var width = block.Heads * block.HeadWidth;
        var attended = op.Attention(
            op.Linear(windows, $"{name}.attn.q", width),
            op.Linear(windows, $"{name}.attn.k", width),
            op.Linear(windows, $"{name}.attn.v", width),
            $"{name}.attn",
            new AttentionOptions(block.Heads, 1 / Math.Sqrt(block.HeadWidth)) { Windows = layout, Mirrored = true });
        attended = op.Unwindows(op.Linear(attended, $"{name}.attn.proj", stage.Width), layout);
        x = op.Add(x, op.DropPath(attended, drop));                                     // [B, H, W, C]

        x = op.ConvNorm(op.GridToImage(x), $"{name}.spatial", new ConvOptions(stage.Width, stage.LocalKernel) { Padding = stage.LocalKernel / 2, Groups = stage.Width }, Activation.None);
        x = op.ImageToGrid(x);
        var hidden = op.Activate(op.Linear(op.LayerNorm(x, $"{name}.norm2", Epsilon), $"{name}.mlp.fc1", block.MlpWidth), Activation.Gelu);
        return op.Add(x, op.DropPath(op.Linear(hidden, $"{name}.mlp.fc2", stage.Width), drop));
    }
}
