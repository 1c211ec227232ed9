namespace Niwaki.Onnx;

/// <summary>
/// The reader that writes an ONNX graph. Tokens stay flat between products; window partition, cyclic roll, padding and patch
/// merging are one Gather of rows each, applied to the residual stream, so that a Swin block moves its tokens once. BatchNorm,
/// scales and other constants are written as they are and folded by the passes.
/// </summary>
internal sealed partial class OnnxOps(GraphWriter graph, IReadOnlyDictionary<string, Weight> weights, double mask) : IOps<Value>
{
    private static readonly int[] ToGrid = [0, 2, 3, 1];
    private static readonly int[] ToImage = [0, 3, 1, 2];
    private static readonly int[] ToPatches = [0, 3, 5, 2, 4, 1];                       // [B, C, h, p, w, p] to [B, p, p, h, w, C]
    private static readonly int[] FromPatches = [0, 5, 3, 1, 4, 2];

    private readonly ShapeReader shapes = new();
    private readonly Dictionary<(string Name, Shape Stored), Value> reshaped = [];
    private readonly Dictionary<(string Name, RowOrder? From, RowOrder To), Value> reordered = [];
    private readonly Dictionary<PendingNorm, Value> normalized = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, (Value Tokens, int Front, float[] Addend)> prefixed = new(StringComparer.Ordinal);

    private sealed class ShapeReader : ShapeOps;

    /// <inheritdoc/>
    public Shape ShapeOf(Value value) => value.Shape;

    /// <inheritdoc/>
    public Value Conv(Value image, string name, ConvOptions options)
    {
        int[] both = [options.Kernel, options.Kernel];
        return Write("Conv", name, shapes.Conv(image.Shape, name, options), [Whole(image), .. Parameters(name, options.Bias)],
            ("kernel_shape", both),
            ("strides", new[] { options.Stride, options.Stride }),
            ("pads", Enumerable.Repeat(options.Padding, 4)),
            ("dilations", new[] { options.Dilation, options.Dilation }),
            ("group", options.Groups));
    }

    /// <inheritdoc/>
    public Value Linear(Value value, string name, int width, bool bias = true)
    {
        var shift = value.Shift;
        var rows = As(value with { Shift = null }, Flat(value));
        string[] parameters = shift is null ? Parameters(name, bias) : [Parameter($"{name}.weight"), ShiftedBias(name, width, bias, shift)];
        var output = graph.Node("Gemm", name, [rows.Name, .. parameters], ("transB", 1));
        if (bias && shift is null)
            biased[output] = name;
        return new Value(output, shapes.Linear(value.Shape, name, width, bias), rows.Stored.With(^1, width), name) { Rows = rows.Rows };
    }

    /// <inheritdoc/>
    public Value BatchNorm(Value image, string name, double epsilon = 1e-5) =>
        Write("BatchNormalization", name, image.Shape, [Whole(image), .. Parameters(name, bias: true), Parameter($"{name}.running_mean"), Parameter($"{name}.running_var")], ("epsilon", (float)epsilon));

    /// <inheritdoc/>
    public Value LayerNorm(Value value, string name, double epsilon = 1e-5)
    {
        value = Written(value);
        return value with { Name = string.Empty, Layer = name, Pending = new PendingNorm(value, name, epsilon) };
    }

    /// <inheritdoc/>
    public Value PrependToken(Value tokens, string name)
    {
        var width = tokens.Shape[2];
        if (!prefixed.TryGetValue(tokens.Name, out var before))
            before = (tokens, 0, new float[tokens.Shape[1] * width]);
        return Prefixed(before.Tokens, before.Front + 1, [.. weights[name].Values, .. before.Addend], name);
    }

    /// <inheritdoc/>
    public Value AddPositions(Value tokens, string name)
    {
        var positions = weights[name];
        if (prefixed.TryGetValue(tokens.Name, out var before))
            return Prefixed(before.Tokens, before.Front, [.. before.Addend.Zip(positions.Values, (left, right) => left + right)], name);
        return Write("Add", $"{name}.add", tokens.Shape, [Whole(tokens), Parameter(name)]) with { Layer = name };
    }

    /// <inheritdoc/>
    public Value Activate(Value value, Activation activation)
    {
        if (activation == Activation.None)
            return value;
        value = Written(value);
        return value with { Name = Activations.Write(graph, activation, value.Name, value.Layer) };
    }

    /// <inheritdoc/>
    public Value Add(Value left, Value right)
    {
        (left, right) = Aligned(left, right);
        return left with { Name = graph.Node("Add", $"{right.Layer}.add", [left.Name, right.Name]), Layer = right.Layer };
    }

    /// <inheritdoc/>
    public Value Mean(Value left, Value right)
    {
        (left, right) = Aligned(left, right);
        return left with { Name = graph.Node("Mean", $"{left.Layer}.mean", [left.Name, right.Name]) };
    }

    /// <inheritdoc/>
    public Value Concat(IReadOnlyList<Value> images) => images is [var only]
        ? only
        : Write("Concat", $"{images[0].Layer}.concat", shapes.Concat([.. images.Select(image => image.Shape)]), images.Select(Whole), ("axis", 1)) with { Layer = images[0].Layer };

    /// <inheritdoc/>
    public Value Resize(Value image, int height, int width, bool alignCorners = false) =>
        (image.Shape[2], image.Shape[3]) == (height, width) ? image : new Value(
            Resizing.Write(graph, Whole(image), image.Shape, height, width, alignCorners, $"{image.Layer}.resize"), new Shape(image.Shape[0], image.Shape[1], height, width), new Shape(image.Shape[0], image.Shape[1], height, width), image.Layer);

    /// <inheritdoc/>
    public Value AveragePool(Value image, int height, int width)
    {
        var name = $"{image.Layer}.pool_{height}x{width}";
        var shape = shapes.AveragePool(image.Shape, height, width);
        if (shape == image.Shape)
            return image;
        if ((height, width) == (1, 1))
            return Write("GlobalAveragePool", name, shape, [Whole(image)]);
        var (from, across) = (image.Shape[2], image.Shape[3]);
        if (from % height == 0 && across % width == 0)
        {
            int[] bin = [from / height, across / width];
            return Write("AveragePool", name, shape, [Whole(image)], ("kernel_shape", bin), ("strides", bin));
        }

        // overlapping bins: one product of the pixels with a constant matrix
        var pixels = As(image, new Shape(image.Shape[0], image.Shape[1], from * across));
        var bins = graph.Floats($"pool_{from}x{across}_{height}x{width}", new Shape(from * across, height * width), Pooling.Bins(from, across, height, width));
        return new Value(graph.Node("MatMul", name, [pixels.Name, bins]), shape, new Shape(shape[0], shape[1], height * width), image.Layer);
    }

    /// <inheritdoc/>
    public Value MaxPool(Value image, int kernel, int stride, int padding) =>
        Write("MaxPool", $"{image.Layer}.max_pool", shapes.MaxPool(image.Shape, kernel, stride, padding), [Whole(image)],
            ("kernel_shape", new[] { kernel, kernel }), ("strides", new[] { stride, stride }), ("pads", Enumerable.Repeat(padding, 4))) with
        { Layer = image.Layer };

    /// <inheritdoc/>
    public Value GlobalAveragePool(Value image) =>
        Write("GlobalAveragePool", $"{image.Layer}.pool", new Shape(image.Shape[0], image.Shape[1], 1, 1), [Whole(image)]) with { Shape = shapes.GlobalAveragePool(image.Shape), Layer = image.Layer };

    /// <inheritdoc/>
    public Value MeanTokens(Value tokens)
    {
        var rows = As(tokens, new Shape(tokens.Shape[0], tokens.Shape[1], tokens.Shape[2])); // a mean does not ask for the order
        var shape = shapes.MeanTokens(tokens.Shape);
        return new Value(Reductions.Mean(graph, rows.Name, 1, keep: false, $"{tokens.Layer}.mean"), shape, shape, tokens.Layer);
    }

    /// <inheritdoc/>
    public Value Token(Value tokens, int index) =>
        Write("Gather", $"{tokens.Layer}.token_{index}", shapes.Token(tokens.Shape, index), [Whole(tokens), graph.Integer(index)], ("axis", 1)) with { Layer = tokens.Layer };

    /// <inheritdoc/>
    public Value SkipTokens(Value tokens, int count) => count == 0 ? tokens :
        Write("Slice", $"{tokens.Layer}.skip", shapes.SkipTokens(tokens.Shape, count), [Whole(tokens), graph.Integers("starts", count), graph.Integers("ends", int.MaxValue), graph.Integers("axis", 1)]) with { Layer = tokens.Layer };

    /// <inheritdoc/>
    public Value Pad(Value image, int right, int bottom) => (right, bottom) == (0, 0) ? image :
        Write("Pad", $"{image.Layer}.pad", shapes.Pad(image.Shape, right, bottom), [Whole(image), graph.Integers("pads", 0, 0, 0, 0, 0, 0, bottom, right)]) with { Layer = image.Layer };

    /// <inheritdoc/>
    public Value ImageToGrid(Value image) =>
        Write("Transpose", $"{image.Layer}.grid", shapes.ImageToGrid(image.Shape), [Whole(image)], ("perm", ToGrid)) with { Layer = image.Layer };

    /// <inheritdoc/>
    public Value GridToImage(Value grid) =>
        Write("Transpose", $"{grid.Layer}.image", shapes.GridToImage(grid.Shape), [Whole(grid)], ("perm", ToImage)) with { Layer = grid.Layer };

    /// <inheritdoc/>
    public Value GridToTokens(Value grid) => grid with { Shape = shapes.GridToTokens(grid.Shape) };

    /// <inheritdoc/>
    public Value TokensToGrid(Value tokens, int height, int width) => tokens with { Shape = shapes.TokensToGrid(tokens.Shape, height, width) };

    /// <inheritdoc/>
    public Value Windows(Value grid, WindowLayout layout)
    {
        var shape = shapes.Windows(grid.Shape, layout);
        var order = RowOrder.Windows(layout);
        if (grid.Pending is { } norm && !order.Padded)
            return LayerNorm(Reordered(norm.Input, order) with { Shape = shape, Rows = null }, norm.Name, norm.Epsilon);
        return Reordered(grid, order) with { Shape = shape, Rows = null };
    }

    /// <inheritdoc/>
    public Value Unwindows(Value tokens, WindowLayout layout)
    {
        var shape = shapes.Unwindows(tokens.Shape, layout);
        var order = RowOrder.Windows(layout);
        tokens = InOrder(tokens);
        if (!order.Padded)
            return tokens with { Shape = shape, Rows = order.Identity ? null : order };
        var cropped = Reordered(tokens, new RowOrder(order.Places(layout.Height * layout.Width)));
        return cropped with { Shape = shape, Rows = null };
    }

    /// <inheritdoc/>
    public Value MergePatches(Value grid) =>
        Reordered(grid, RowOrder.Patches(grid.Shape[1], grid.Shape[2])) with { Shape = shapes.MergePatches(grid.Shape), Rows = null };

    /// <inheritdoc/>
    public Value Unfold(Value image, int patch)
    {
        var (channels, high, wide) = (image.Shape[1], image.Shape[2] / patch, image.Shape[3] / patch);
        var split = As(InOrder(image), new Shape(1, channels, high, patch, wide, patch));
        var name = graph.Node("Transpose", $"{image.Layer}.unfold", [split.Name], ("perm", ToPatches));
        return new Value(name, shapes.Unfold(image.Shape, patch), new Shape(1, patch, patch, high, wide, channels), image.Layer);
    }

    /// <inheritdoc/>
    public Value Fold(Value tokens, int patch, int height, int width)
    {
        var (channels, high, wide) = (tokens.Shape[2], height / patch, width / patch);
        var split = As(InOrder(tokens), new Shape(1, patch, patch, high, wide, channels));
        var name = graph.Node("Transpose", $"{tokens.Layer}.fold", [split.Name], ("perm", FromPatches));
        return new Value(name, shapes.Fold(tokens.Shape, patch, height, width), new Shape(1, channels, high, patch, wide, patch), tokens.Layer);
    }

    /// <inheritdoc/>
    public Value DropPath(Value value, double rate) => value;

    /// <inheritdoc/>
    public Value Tap(Value value, FeatureTap tap) => value;

    /// <summary>A value as a tensor of exactly its shape, for what follows the network.</summary>
    public string Whole(Value value) => As(InOrder(value), value.Shape).Name;
}
