using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Niwaki.Torch;

/// <summary>The reader that runs: training and inference on libtorch.</summary>
internal sealed partial class TorchOps(Network network, ForwardOptions options) : IOps<Tensor>
{
    private bool Half => options.Precision == Precision.Bfloat16;

    public Shape ShapeOf(Tensor value) => new(value.shape.Select(size => (int)size).ToArray());

    public Tensor Conv(Tensor image, string name, ConvOptions conv)
    {
        options.Observe?.Invoke(name, image);
        return Gate(name, functional.conv2d(
            Factor(image),
            Factor(network[$"{name}.weight"]),
            conv.Bias ? Factor(network[$"{name}.bias"]) : null,
            [conv.Stride, conv.Stride],
            [conv.Padding, conv.Padding],
            [conv.Dilation, conv.Dilation],
            conv.Groups));
    }

    public Tensor Linear(Tensor value, string name, int width, bool bias = true)
    {
        options.Observe?.Invoke(name, value);
        return Gate(name, functional.linear(Factor(value), Factor(network[$"{name}.weight"]), bias ? Factor(network[$"{name}.bias"]) : null));
    }

    public Tensor BatchNorm(Tensor image, string name, double epsilon = 1e-5) => functional.batch_norm(
        image, network[$"{name}.running_mean"], network[$"{name}.running_var"], network[$"{name}.weight"], network[$"{name}.bias"], options.Training, 0.1, epsilon);

    public Tensor LayerNorm(Tensor value, string name, double epsilon = 1e-5) => functional.layer_norm(
        value, [value.shape[^1]], network[$"{name}.weight"], network[$"{name}.bias"], epsilon);

    public Tensor PrependToken(Tensor tokens, string name) => cat([network[name].expand(tokens.shape[0], 1, tokens.shape[2]), tokens], 1);

    public Tensor AddPositions(Tensor tokens, string name) => tokens + network[name];

    public Tensor Activate(Tensor value, Activation activation) => activation switch
    {
        Activation.None => value,
        Activation.Relu => value.relu(),
        Activation.Relu6 => value.clamp(0, 6),
        Activation.Silu => functional.silu(value),
        Activation.Gelu => functional.gelu(value),
        Activation.HardSwish => functional.hardswish(value),
        Activation.Sigmoid => value.sigmoid(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };

    public Tensor Add(Tensor left, Tensor right) => left + right;

    public Tensor Mean(Tensor left, Tensor right) => (left + right) / 2;

    public Tensor Concat(IReadOnlyList<Tensor> images) => cat([.. images], 1);

    public Tensor Resize(Tensor image, int height, int width, bool alignCorners = false) =>
        image.shape[2] == height && image.shape[3] == width ? image
        : alignCorners || image.dtype != float32 ? functional.interpolate(image, [height, width], mode: InterpolationMode.Bilinear, align_corners: alignCorners)
        : Maps.Resize(image, height, width);

    public Tensor AveragePool(Tensor image, int height, int width) => functional.adaptive_avg_pool2d(image, [height, width]);

    public Tensor MaxPool(Tensor image, int kernel, int stride, int padding) =>
        functional.max_pool2d(image, [kernel, kernel], [stride, stride], [padding, padding]);

    public Tensor GlobalAveragePool(Tensor image) => image.mean([2, 3]);

    public Tensor MeanTokens(Tensor tokens) => tokens.mean([1]);

    public Tensor Token(Tensor tokens, int index) => tokens.select(1, index);

    public Tensor SkipTokens(Tensor tokens, int count) => tokens.narrow(1, count, tokens.shape[1] - count);

    public Tensor Pad(Tensor image, int right, int bottom) => right == 0 && bottom == 0 ? image : functional.pad(image, (0L, right, 0L, bottom));

    public Tensor ImageToGrid(Tensor image) => image.permute(0, 2, 3, 1);

    public Tensor GridToImage(Tensor grid) => grid.permute(0, 3, 1, 2);

    public Tensor GridToTokens(Tensor grid) => grid.reshape(grid.shape[0], -1, grid.shape[3]);

    public Tensor TokensToGrid(Tensor tokens, int height, int width) => tokens.reshape(tokens.shape[0], height, width, tokens.shape[2]);

    public Tensor Windows(Tensor grid, WindowLayout layout)
    {
        var x = grid;
        if (layout.RollBeforePad)
            x = Pad(Roll(x, layout, -1), layout);
        else
            x = Roll(Pad(x, layout), layout, -1);
        int h = layout.WindowHeight, w = layout.WindowWidth;
        return x.reshape(x.shape[0], layout.PaddedHeight / h, h, layout.PaddedWidth / w, w, x.shape[3])
            .permute(0, 1, 3, 2, 4, 5)                                                  // [B, rows, columns, h, w, C]
            .reshape(-1, layout.Area, x.shape[3]);
    }

    public Tensor Unwindows(Tensor tokens, WindowLayout layout)
    {
        int h = layout.WindowHeight, w = layout.WindowWidth;
        var x = tokens.reshape(-1, layout.PaddedHeight / h, layout.PaddedWidth / w, h, w, tokens.shape[2])
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(-1, layout.PaddedHeight, layout.PaddedWidth, tokens.shape[2]);     // [B, H', W', C]
        return layout.RollBeforePad ? Roll(Crop(x, layout), layout, 1) : Crop(Roll(x, layout, 1), layout);
    }

    public Tensor MergePatches(Tensor grid)
    {
        long rows = (grid.shape[1] + 1) / 2, columns = (grid.shape[2] + 1) / 2, channels = grid.shape[3];
        var x = grid.shape[1] % 2 == 0 && grid.shape[2] % 2 == 0 ? grid : functional.pad(grid, [0, 0, 0, grid.shape[2] % 2, 0, grid.shape[1] % 2]);
        return x.reshape(-1, rows, 2, columns, 2, channels)
            .permute(0, 1, 3, 4, 2, 5)                                                  // [B, H/2, W/2, column parity, row parity, C]
            .reshape(-1, rows, columns, 4 * channels);
    }

    public Tensor Unfold(Tensor image, int patch) =>
        image.reshape(image.shape[0], image.shape[1], image.shape[2] / patch, patch, image.shape[3] / patch, patch)
            .permute(0, 3, 5, 2, 4, 1)                                                  // [B, p, p, H/p, W/p, C]
            .reshape(image.shape[0] * patch * patch, -1, image.shape[1]);

    public Tensor Fold(Tensor tokens, int patch, int height, int width) =>
        tokens.reshape(-1, patch, patch, height / patch, width / patch, tokens.shape[2])
            .permute(0, 5, 3, 1, 4, 2)                                                  // [B, C, H/p, p, W/p, p]
            .reshape(-1, tokens.shape[2], height, width);

    public Tensor DropPath(Tensor value, double rate)
    {
        if (!options.Training || rate <= 0)
            return value;
        var shape = Enumerable.Repeat(1L, (int)value.dim()).ToArray();
        shape[0] = value.shape[0];
        return value * (rand(shape) >= rate).to(value.dtype) / (1 - rate);
    }

    public Tensor Tap(Tensor value, FeatureTap tap)
    {
        if (options.Tap is { } listen)
            listen(tap, (value.dtype == float32 ? value.alias() : value.to(float32)).MoveToOuterDisposeScope());
        return value;
    }

    private Tensor Gate(string name, Tensor output) => options.Gate is { } gate ? gate(name, output) : output;

    private Tensor Factor(Tensor value) => Half && value.dtype != bfloat16 ? value.to(bfloat16) : value;

    private static Tensor Pad(Tensor grid, WindowLayout layout) => layout.Padded
        ? functional.pad(grid, [0, 0, 0, layout.PaddedWidth - layout.Width, 0, layout.PaddedHeight - layout.Height])
        : grid;

    private static Tensor Crop(Tensor grid, WindowLayout layout) => layout.Padded
        ? grid.narrow(1, 0, layout.Height).narrow(2, 0, layout.Width)
        : grid;

    private static Tensor Roll(Tensor grid, WindowLayout layout, int sign) => layout.Shifted
        ? grid.roll((sign * layout.ShiftHeight, sign * layout.ShiftWidth), (1L, 2L))
        : grid;
}
