namespace Niwaki.Onnx.Tests;

/// <summary>A network of a convolution and one operation, so that readers can be compared operation by operation.</summary>
internal sealed record OneOpHead(string Operation) : Head
{
    public static IReadOnlyList<string> Operations { get; } =
    [
        "conv", "conv-strided-dilated", "conv-depthwise", "linear", "linear-vector", "batch-norm", "batch-norm-shared", "layer-norm", "layer-norm-image",
        "prepend", "prepend-twice", "positions", "relu", "relu6", "silu", "gelu", "hard-swish", "sigmoid", "none", "add", "mean", "concat",
        "resize-up", "resize-down", "resize-corners", "resize-same", "pool-1", "pool-2", "pool-3", "pool-6", "max-pool", "global-pool", "mean-tokens", "token", "skip",
        "pad", "pad-conv", "grid-and-back", "windows", "windows-shifted", "windows-timm", "windows-one-axis", "windows-whole", "merge", "merge-after-windows", "unfold", "fold",
        "attention", "attention-one-head", "attention-narrow-values", "attention-windows", "attention-shifted", "attention-mirrored", "linear-attention", "blocks", "blocks-padded",
        "group-norm", "group-norm-three", "separable", "cosine-windows", "cosine-shifted", "cosine-whole", "cosine-blocks", "cosine-blocks-padded",
    ];

    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes)
    {
        const int width = 12;
        var x = op.Conv(features[0], "stem", new ConvOptions(width, 3) { Padding = 1, Bias = true });
        var (height, across) = (op.ShapeOf(x)[2], op.ShapeOf(x)[3]);
        var even = new WindowLayout { Height = height, Width = across, WindowHeight = height / 2, WindowWidth = across / 2 };
        var odd = new WindowLayout { Height = height, Width = across, WindowHeight = 5, WindowWidth = 5, ShiftHeight = 2, ShiftWidth = 2 };
        var whole = even with { WindowHeight = height, WindowWidth = across };
        return Operation switch
        {
            "conv" => op.Conv(x, "op", new ConvOptions(5, 3) { Bias = true }),
            "conv-strided-dilated" => op.Conv(x, "op", new ConvOptions(6, 3) { Stride = 2, Padding = 2, Dilation = 2, Groups = 3 }),
            "conv-depthwise" => op.Conv(x, "op", new ConvOptions(width, 3) { Padding = 1, Groups = width }),
            "linear" => op.Linear(Grid(), "op", 7),
            "linear-vector" => op.Linear(op.GlobalAveragePool(x), "op", 7, bias: false),
            "batch-norm" => op.BatchNorm(x, "op", 1e-3),
            "batch-norm-shared" => op.Add(x, op.BatchNorm(x, "op")),
            "layer-norm" => op.LayerNorm(Tokens(), "op", 1e-3),
            "layer-norm-image" => op.GridToImage(op.LayerNorm(Grid(), "op")),
            "prepend" => op.PrependToken(Tokens(), "token"),
            "prepend-twice" => op.AddPositions(op.PrependToken(op.PrependToken(Tokens(), "second"), "first"), "positions"),
            "positions" => op.AddPositions(Tokens(), "positions"),
            "relu" => op.Activate(x, Activation.Relu),
            "relu6" => op.Activate(op.Conv(x, "op", new ConvOptions(4, 1)), Activation.Relu6),
            "silu" => op.Activate(x, Activation.Silu),
            "gelu" => op.Activate(Tokens(), Activation.Gelu),
            "hard-swish" => op.Activate(x, Activation.HardSwish),
            "sigmoid" => op.Activate(x, Activation.Sigmoid),
            "none" => op.Activate(x, Activation.None),
            "add" => op.Add(x, op.Conv(x, "op", new ConvOptions(width, 1))),
            "mean" => op.Mean(Tokens(), op.Linear(Tokens(), "op", width)),
            "concat" => op.Concat([x, op.Conv(x, "op", new ConvOptions(5, 1)), x]),
            "resize-up" => op.Resize(x, (2 * height) + 3, (3 * across) + 1),
            "resize-down" => op.Resize(x, (height / 2) + 1, (across / 3) + 1),
            "resize-corners" => op.Resize(x, height + 5, (2 * across) - 1, alignCorners: true),
            "resize-same" => op.Resize(x, height, across),
            "pool-1" or "pool-2" or "pool-3" or "pool-6" => op.AveragePool(x, Operation[^1] - '0', Operation[^1] - '0'),
            "max-pool" => op.MaxPool(x, 3, 2, 1),
            "global-pool" => op.GlobalAveragePool(x),
            "mean-tokens" => op.MeanTokens(op.LayerNorm(Tokens(), "op")),
            "token" => op.Token(Tokens(), 2),
            "skip" => op.SkipTokens(Tokens(), 2),
            "pad" => op.Pad(x, 3, 2),
            "pad-conv" => op.Conv(op.Pad(x, 3, 2), "op", new ConvOptions(4, 3) { Padding = 1 }),
            "grid-and-back" => op.GridToImage(op.TokensToGrid(op.Linear(op.GridToTokens(Grid()), "op", 4), height, across)),
            "windows" => Windowed(even),
            "windows-shifted" => Windowed(odd),
            "windows-timm" => Windowed(odd with { RollBeforePad = true }),
            "windows-one-axis" => Windowed(even with { ShiftWidth = 1 }),
            "windows-whole" => Windowed(even with { WindowHeight = height, WindowWidth = across }),
            "merge" => op.MergePatches(Grid()),
            "merge-after-windows" => op.MergePatches(op.Unwindows(op.Linear(op.Windows(Grid(), even with { ShiftHeight = 1, ShiftWidth = 1 }), "op", width), even with { ShiftHeight = 1, ShiftWidth = 1 })),
            "unfold" => op.Unfold(x, 2),
            "fold" => op.Fold(op.Linear(op.Unfold(x, 2), "op", 8), 2, height, across),
            "attention" => Attention(Tokens(), 3, width, null),
            "attention-one-head" => Attention(Tokens(), 1, width, null),
            "attention-narrow-values" => Attention(Tokens(), 3, 6, null),
            "attention-windows" => op.Unwindows(Attention(op.Windows(Grid(), even), 3, width, even), even),
            "attention-shifted" => op.Unwindows(Attention(op.Windows(Grid(), odd), 2, width, odd), odd),
            "attention-mirrored" => op.Unwindows(Attention(op.Windows(Grid(), odd with { ShiftHeight = 0, ShiftWidth = 0 }), 2, width, odd with { ShiftHeight = 0, ShiftWidth = 0 }, mirrored: true), odd),
            "linear-attention" => op.Conv(op.LinearAttention(op.Activate(x, Activation.Relu), op.Activate(x, Activation.Relu), op.Conv(x, "op", new ConvOptions(6, 1)), "attn", 2), "out", new ConvOptions(4, 1)),
            "blocks" => Block(Block(Grid(), "a", even), "b", even with { ShiftHeight = 1, ShiftWidth = 2 }),
            "blocks-padded" => Block(Block(Grid(), "a", odd with { ShiftHeight = 0, ShiftWidth = 0 }), "b", odd),
            "group-norm" => op.GroupNorm(x, "op", 1, 1e-3),
            "group-norm-three" => op.GroupNorm(op.Activate(x, Activation.Relu), "op", 3),
            "separable" => op.Conv(op.SeparableAttention(op.Conv(x, "q", new ConvOptions(1, 1) { Bias = true }), op.Conv(x, "k", new ConvOptions(5, 1)), op.Conv(x, "v", new ConvOptions(5, 1)), "attn", 2), "op", new ConvOptions(4, 1)),
            "cosine-windows" => op.Unwindows(Cosines(op.Windows(Grid(), even), "attn", even), even),
            "cosine-shifted" => op.Unwindows(Cosines(op.Windows(Grid(), odd), "attn", odd), odd),
            "cosine-whole" => op.Unwindows(Cosines(op.Windows(Grid(), whole), "attn", whole), whole),
            "cosine-blocks" => PostNorm(PostNorm(Grid(), "a", even), "b", even with { ShiftHeight = 1, ShiftWidth = 2 }),
            "cosine-blocks-padded" => PostNorm(PostNorm(Grid(), "a", odd with { ShiftHeight = 0, ShiftWidth = 0, RollBeforePad = true }), "b", odd with { RollBeforePad = true }),
            _ => throw new ArgumentOutOfRangeException(nameof(features), Operation, "unknown"),
        };

        T Grid() => op.ImageToGrid(x);

        T Tokens() => op.GridToTokens(op.ImageToGrid(x));

        // positions show the order inside a window
        T Windowed(WindowLayout layout) =>
            op.Add(Grid(), op.Unwindows(op.AddPositions(op.Windows(op.LayerNorm(Grid(), "norm"), layout), "order"), layout));

        T Attention(T tokens, int heads, int values, WindowLayout? layout, bool mirrored = false) => op.Attention(
            op.Linear(tokens, "q", width), op.Linear(tokens, "k", width), op.Linear(tokens, "v", values), "attn", new AttentionOptions(heads, 0.4) { Windows = layout, Mirrored = mirrored });

        T Cosines(T windows, string name, WindowLayout layout) => op.CosineAttention(
            op.Linear(windows, $"{name}.q", width), op.Linear(windows, $"{name}.k", width, bias: false), op.Linear(windows, $"{name}.v", width), name, new CosineAttentionOptions(3, layout) { HiddenWidth = 8 });

        T PostNorm(T grid, string name, WindowLayout layout)
        {
            var mixed = op.Unwindows(op.Linear(Cosines(op.Windows(grid, layout), name, layout), $"{name}.proj", width), layout);
            grid = op.Add(grid, op.LayerNorm(mixed, $"{name}.norm1"));
            return op.Add(grid, op.LayerNorm(op.Activate(op.Linear(grid, $"{name}.fc", width), Activation.Gelu), $"{name}.norm2"));
        }

        T Block(T grid, string name, WindowLayout layout)
        {
            var windows = op.Windows(op.LayerNorm(grid, $"{name}.norm1"), layout);
            var mixed = op.Attention(op.Linear(windows, $"{name}.q", width), op.Linear(windows, $"{name}.k", width), op.Linear(windows, $"{name}.v", width), name, new AttentionOptions(3, 0.5) { Windows = layout });
            grid = op.Add(grid, op.Unwindows(op.Linear(mixed, $"{name}.proj", width), layout));
            return op.Add(grid, op.Activate(op.Linear(op.LayerNorm(grid, $"{name}.norm2"), $"{name}.fc", width), Activation.Gelu));
        }
    }

    protected override bool ReadsVectors => false;

    public override Head Narrowed(Widths widths, int features) => this;
}

/// <summary>No features: the head reads the image.</summary>
internal sealed record NoBackbone : Backbone
{
    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image) => [image];

    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image) => [];

    protected override int FeatureCount => 1;

    public override Backbone Narrowed(Widths widths, bool vectors) => this;
}
