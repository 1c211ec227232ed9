namespace Niwaki.Parity.Tests;

/// <summary>One operation on a picture <c>[B, 3, 9, 13]</c>, or what it takes to come to it and back.</summary>
internal sealed record OpProbe(string Op) : Head
{
    private const int Height = 9;
    private const int Width = 13;

    public static IReadOnlyList<string> Ops { get; } =
    [
        "conv", "conv-strided", "conv-depthwise", "conv-dilated", "conv-grouped", "batch-norm",
        "relu", "relu6", "silu", "gelu", "hard-swish", "sigmoid",
        "add", "mean", "concat", "resize-up", "resize-down", "resize-corners", "pool-overlapping", "pool-up", "max-pool", "global-pool", "pad",
        "linear", "linear-no-bias", "layer-norm", "layer-norm-epsilon", "prepend", "positions", "positions-first", "two-tokens", "mean-tokens", "token", "skip-tokens",
        "grid-and-back", "windows", "windows-padded", "windows-shifted", "windows-roll-first", "windows-one-axis", "merge", "unfold", "unfold-transformer",
        "attention", "attention-heads", "attention-wide-values", "attention-windows", "attention-shifted",
        "cosine-windows", "cosine-shifted", "cosine-padded", "cosine-pretrained", "cosine-one-head", "cosine-one-row", "group-norm", "group-norm-three", "separable", "separable-alone", "separable-wide-patch",
        "sized-attention", "merge-tokens", "merge-class-token", "merge-two-tokens", "merge-one-head", "merge-twice", "merge-spread", "attention-mirrored", "linear-attention", "linear-attention-wide-values", "drop-path", "tap",
    ];

    protected internal override bool ReadsVectors => false;

    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes) => Run(op, features[0]);

    public override Head Narrowed(Widths widths, int features) => this;

    private T Run<T>(IOps<T> op, T image) => Op switch
    {
        "conv" => op.Conv(image, "x", new ConvOptions(5, 3) { Padding = 1, Bias = true }),
        "conv-strided" => op.Conv(image, "x", new ConvOptions(4, 7) { Padding = 3, Stride = 2 }),
        "conv-depthwise" => op.Conv(image, "x", new ConvOptions(3, 3) { Padding = 1, Stride = 2, Groups = 3 }),
        "conv-dilated" => op.Conv(image, "x", new ConvOptions(4, 3) { Padding = 2, Dilation = 2 }),
        "conv-grouped" => op.Conv(op.Concat([image, image]), "x", new ConvOptions(4, 1) { Groups = 2, Bias = true }),
        "batch-norm" => op.BatchNorm(op.Conv(image, "c", new ConvOptions(4, 1)), "x"),
        "relu" => op.Activate(image, Activation.Relu),
        "relu6" => op.Activate(Wider(op, image), Activation.Relu6),
        "silu" => op.Activate(image, Activation.Silu),
        "gelu" => op.Activate(Wider(op, image), Activation.Gelu),
        "hard-swish" => op.Activate(Wider(op, image), Activation.HardSwish),
        "sigmoid" => op.Activate(image, Activation.Sigmoid),
        "add" => op.Add(image, op.Activate(image, Activation.Relu)),
        "mean" => op.Mean(op.GlobalAveragePool(image), op.GlobalAveragePool(op.Activate(image, Activation.Relu))),
        "concat" => op.Concat([image, op.Activate(image, Activation.Relu), image]),
        "resize-up" => op.Resize(image, 16, 20),
        "resize-down" => op.Resize(image, 4, 7),
        "resize-corners" => op.Resize(image, 17, 6, alignCorners: true),
        "pool-overlapping" => op.AveragePool(image, 2, 6),
        "pool-up" => op.AveragePool(image, 6, 18),
        "max-pool" => op.MaxPool(image, 3, 2, 1),
        "global-pool" => op.GlobalAveragePool(image),
        "pad" => op.Pad(image, 3, 2),
        "linear" => op.Linear(Tokens(op, image), "x", 5),
        "linear-no-bias" => op.Linear(op.ImageToGrid(image), "x", 5, bias: false),
        "layer-norm" => op.LayerNorm(Tokens(op, image), "x"),
        "layer-norm-epsilon" => op.LayerNorm(op.ImageToGrid(image), "x", 0.1),
        "prepend" => op.PrependToken(Tokens(op, image), "x"),
        "positions" => op.AddPositions(op.PrependToken(Tokens(op, image), "t"), "x"),
        "positions-first" => op.PrependToken(op.AddPositions(Tokens(op, image), "x"), "t"),
        "two-tokens" => op.Linear(op.AddPositions(op.PrependToken(op.PrependToken(Tokens(op, image), "t"), "u"), "x"), "l", 4),
        "mean-tokens" => op.MeanTokens(Tokens(op, image)),
        "token" => op.Token(Tokens(op, image), 1),
        "skip-tokens" => op.SkipTokens(Tokens(op, image), 2),
        "grid-and-back" => op.GridToImage(op.TokensToGrid(op.LayerNorm(Tokens(op, image), "x"), Height, Width)),
        "windows" => op.Windows(op.ImageToGrid(image), Layout(3, 13, 0)),
        "windows-padded" => Through(op, image, Layout(4, 4, 0)),
        "windows-shifted" => Through(op, image, Layout(4, 4, 2)),
        "windows-roll-first" => Through(op, image, Layout(4, 4, 2) with { RollBeforePad = true }),
        "windows-one-axis" => Through(op, image, Layout(9, 4, 2) with { ShiftHeight = 0 }),
        "merge" => op.MergePatches(op.ImageToGrid(image)),
        "unfold" => op.Unfold(op.Pad(image, 1, 1), 2),
        "unfold-transformer" => op.Fold(op.LayerNorm(op.Unfold(op.Pad(image, 1, 1), 2), "x"), 2, Height + 1, Width + 1),
        "attention" => Attended(op, Tokens(op, image), 4, 4, new AttentionOptions(1, 0.5)),
        "attention-heads" => Attended(op, Tokens(op, image), 6, 6, new AttentionOptions(3, 0.7)),
        "attention-wide-values" => Attended(op, Tokens(op, image), 4, 6, new AttentionOptions(2, 0.7)),
        "attention-windows" => InWindows(op, image, Layout(4, 4, 0)),
        "attention-shifted" => InWindows(op, image, Layout(4, 4, 2)),
        "cosine-windows" => Cosines(op, image, Layout(3, 13, 0), 3, 0),
        "cosine-shifted" => Cosines(op, image, Layout(3, 13, 0) with { ShiftHeight = 1 }, 2, 0),
        "cosine-padded" => Cosines(op, image, Layout(4, 4, 2) with { RollBeforePad = true }, 2, 0),
        "cosine-pretrained" => Cosines(op, image, Layout(4, 4, 2), 2, 7),
        "cosine-one-head" => Cosines(op, image, Layout(4, 5, 0), 1, 0),
        "cosine-one-row" => Cosines(op, image, Layout(1, 4, 0), 2, 0),
        "group-norm" => op.GroupNorm(image, "x"),
        "group-norm-three" => op.GroupNorm(op.Conv(image, "c", new ConvOptions(6, 1)), "x", 3, 0.1),
        "separable" => op.Conv(Separated(op, op.Pad(image, 1, 1), 2), "x", new ConvOptions(3, 1)),
        "separable-alone" => Separated(op, image, 1),
        "separable-wide-patch" => Separated(op, op.Pad(image, 2, 6), 5),
        "sized-attention" => Merged(op, Tokens(op, image), new TokenMatching(2, 30), attends: true),
        "merge-tokens" => Merged(op, Tokens(op, image), new TokenMatching(3, 11)),
        "merge-class-token" => Merged(op, op.PrependToken(Tokens(op, image), "t"), new TokenMatching(2, 58) { ClassToken = true }),
        "merge-two-tokens" => Merged(op, op.PrependToken(op.PrependToken(Tokens(op, image), "t"), "u"), new TokenMatching(2, 20) { ClassToken = true, DistillationToken = true }),
        "merge-one-head" => Merged(op, Tokens(op, image), new TokenMatching(1, 40)),
        "merge-twice" => Merged(op, Merged(op, Tokens(op, image), new TokenMatching(2, 30)), new TokenMatching(2, 40)),
        "merge-spread" => Merged(op, Tokens(op, image), new TokenMatching(2, 30), spreads: true),
        "attention-mirrored" => InWindows(op, image, Layout(4, 5, 0), mirrored: true),
        "linear-attention" => LinearlyAttended(op, image, 1, 4, 4),
        "linear-attention-wide-values" => LinearlyAttended(op, image, 2, 6, 10),
        "drop-path" => op.Activate(op.DropPath(image, 0.5), Activation.Relu),
        "tap" => op.Activate(op.Tap(image, new FeatureTap("x", FeatureLayout.Image, Height, Width)), Activation.Relu),
        _ => throw new ArgumentException($"{Op} is no operation.", nameof(op)),
    };

    /// <summary>Values up to about 12, where clipped activations bend.</summary>
    private static T Wider<T>(IOps<T> op, T image) => op.Add(op.Add(image, image), op.Add(image, image));

    private static T Tokens<T>(IOps<T> op, T image) => op.GridToTokens(op.ImageToGrid(image));

    private static WindowLayout Layout(int height, int width, int shift) =>
        new() { Height = Height, Width = Width, WindowHeight = height, WindowWidth = width, ShiftHeight = shift, ShiftWidth = shift };

    private static T Through<T>(IOps<T> op, T image, WindowLayout layout) =>
        op.Unwindows(op.Linear(op.Windows(op.ImageToGrid(image), layout), "x", 4), layout);

    private static T InWindows<T>(IOps<T> op, T image, WindowLayout layout, bool mirrored = false) =>
        op.Unwindows(Attended(op, op.Windows(op.ImageToGrid(image), layout), 4, 4, new AttentionOptions(2, 0.7) { Windows = layout, Mirrored = mirrored }), layout);

    private static T LinearlyAttended<T>(IOps<T> op, T image, int heads, int width, int valueWidth) => op.LinearAttention(
        op.Activate(op.Conv(image, "q", new ConvOptions(width, 1)), Activation.Relu),
        op.Activate(op.Conv(image, "k", new ConvOptions(width, 1)), Activation.Relu),
        op.Conv(image, "v", new ConvOptions(valueWidth, 1)),
        "a",
        heads,
        0.1);

    private static T Merged<T>(IOps<T> op, T tokens, TokenMatching matching, bool attends = false, bool spreads = false)
    {
        // keys before and after: with weights of their own, a sum of sizes, and the means weighted by them
        var name = $"m{op.ShapeOf(tokens)[1]}";
        var first = op.MatchTokens(op.Linear(tokens, $"{name}.k", 6), name, matching);
        var counts = op.CountTokens(first, $"{name}.c");
        var once = op.MergeTokens(tokens, first, default, counts, $"{name}.m");
        var second = op.MatchTokens(op.Linear(once, $"{name}.l", 12, bias: false), $"{name}.n", matching with { Heads = 4, Count = 5 });
        var sizes = op.SumTokens(second, counts, $"{name}.s");
        var twice = op.MergeTokens(once, second, counts, sizes, $"{name}.o");
        if (attends)
            return op.SizedAttention(op.Linear(twice, $"{name}.q", 6), op.Linear(twice, $"{name}.p", 6), op.Linear(twice, $"{name}.v", 8), sizes, $"{name}.a", new AttentionOptions(2, 0.7));
        return spreads ? op.SpreadTokens(twice, op.SumTokens(second, first, $"{name}.w"), $"{name}.x") : twice;
    }

    private static T Cosines<T>(IOps<T> op, T image, WindowLayout layout, int heads, int pretrained)
    {
        var tokens = op.Windows(op.ImageToGrid(image), layout);
        var options = new CosineAttentionOptions(heads, layout) { PretrainedWindow = pretrained, HiddenWidth = 16 };
        return op.Unwindows(op.CosineAttention(op.Linear(tokens, "q", 6), op.Linear(tokens, "k", 6, bias: false), op.Linear(tokens, "v", 12), "a", options), layout);
    }

    private static T Separated<T>(IOps<T> op, T image, int patch) => op.SeparableAttention(
        op.Conv(image, "q", new ConvOptions(1, 1) { Bias = true }), op.Conv(image, "k", new ConvOptions(4, 1)), op.Conv(image, "v", new ConvOptions(4, 1) { Bias = true }), "a", patch);

    private static T Attended<T>(IOps<T> op, T tokens, int width, int valueWidth, AttentionOptions options) =>
        op.Attention(op.Linear(tokens, "q", width), op.Linear(tokens, "k", width), op.Linear(tokens, "v", valueWidth), "a", options);
}
