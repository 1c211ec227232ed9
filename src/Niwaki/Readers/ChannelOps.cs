namespace Niwaki;

/// <summary>
/// The reader that finds which axes of which weights must be cut together, exactly and without running: every channel of every value
/// is followed from the layer that writes it to the weights that read it. Sums tie channels to each other, an attention ties the
/// channels of a head, concatenations and merged patches carry channels along.
/// </summary>
public sealed partial class ChannelOps : IOps<ChannelValue>
{
    private readonly Shapes shapes = new();
    private readonly ChannelTies ties = new();
    private readonly Dictionary<string, string> norms = new(StringComparer.Ordinal);

    private sealed class Shapes : ShapeOps;

    /// <summary>
    /// All groups. One is fixed if it is the image or the logits, if a LayerNorm takes its mean and variance over it (a zeroed channel
    /// would still count there), or if <see cref="Architecture.Narrowed"/> cannot express a cut of it.
    /// </summary>
    public static ChannelGraph Of(Architecture architecture, int height, int width)
    {
        var reader = new ChannelOps();
        var image = reader.ties.Born("image", ChannelKind.Stream, 3);
        reader.ties.Fix(image, "it is the image");
        foreach (var logits in architecture.Outputs(reader, new ChannelValue(new Shape(1, 3, height, width), image)))
            reader.ties.Fix(logits.Channels, "it is the logits");

        var parameters = ParameterOps.Of(architecture, height, width).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
        var graph = new ChannelGraph(architecture, height, width, parameters, reader.norms, reader.ties.Groups());
        return graph with { Groups = [.. graph.Groups.Select(group => group.Fixed is null ? group with { Fixed = Reason(graph, group) } : group)] };
    }

    /// <inheritdoc/>
    public Shape ShapeOf(ChannelValue value) => value.Shape;

    /// <inheritdoc/>
    public ChannelValue Conv(ChannelValue image, string name, ConvOptions options)
    {
        var input = image.Channels;
        int[] output;
        if (options.Groups == 1)
        {
            ties.Follow($"{name}.weight", 1, input, reads: true);
            output = ties.Born(name, ChannelKind.Filter, options.Channels);
        }
        else if (options.Groups == input.Length)
        {
            // depthwise: a channel stays itself, or makes several of the same unit
            output = [.. Enumerable.Range(0, options.Channels).Select(channel => input[channel / (options.Channels / input.Length)])];
        }
        else
        {
            // a group makes its outputs of its inputs alone: all of them stay or go together
            output = ties.Born(name, ChannelKind.Filter, options.Channels);
            for (var group = 0; group < options.Groups; group++)
                ties.TieAll([.. Share(input, group, options.Groups), .. Share(output, group, options.Groups)]);
        }

        output = Write(name, output, options.Bias);
        return new ChannelValue(shapes.Conv(image.Shape, name, options), output, name);
    }

    /// <inheritdoc/>
    public ChannelValue Linear(ChannelValue value, string name, int width, bool bias = true)
    {
        ties.Follow($"{name}.weight", 1, value.Channels, reads: true);
        var output = Write(name, ties.Born(name, ChannelKind.Neuron, width), bias);
        return new ChannelValue(shapes.Linear(value.Shape, name, width, bias), output);
    }

    /// <inheritdoc/>
    public ChannelValue BatchNorm(ChannelValue image, string name, double epsilon = 1e-5)
    {
        Write(name, image.Channels, bias: true);
        ties.Follow($"{name}.running_mean", 0, image.Channels, reads: false);
        ties.Follow($"{name}.running_var", 0, image.Channels, reads: false);
        if (image.Layer is { } layer)
            norms[layer] = name;
        return new ChannelValue(image.Shape, image.Channels);
    }

    /// <inheritdoc/>
    public ChannelValue LayerNorm(ChannelValue value, string name, double epsilon = 1e-5)
    {
        Write(name, value.Channels, bias: true);
        ties.Fix(value.Channels, $"{name} takes mean and variance over it");
        return value;
    }

    /// <inheritdoc/>
    public ChannelValue PrependToken(ChannelValue tokens, string name) => Embed(tokens, name, shapes.PrependToken(tokens.Shape, name));

    /// <inheritdoc/>
    public ChannelValue AddPositions(ChannelValue tokens, string name) => Embed(tokens, name, tokens.Shape);

    /// <inheritdoc/>
    public ChannelValue Activate(ChannelValue value, Activation activation)
    {
        if (activation == Activation.Sigmoid)
            ties.Fix(value.Channels, "a sigmoid of zero is not zero");
        return value;
    }

    /// <inheritdoc/>
    public ChannelValue Add(ChannelValue left, ChannelValue right)
    {
        ties.Tie(left.Channels, right.Channels);
        return new ChannelValue(shapes.Add(left.Shape, right.Shape), left.Channels);
    }

    /// <inheritdoc/>
    public ChannelValue Mean(ChannelValue left, ChannelValue right) => Add(left, right);

    /// <inheritdoc/>
    public ChannelValue Concat(IReadOnlyList<ChannelValue> images) =>
        new(shapes.Concat([.. images.Select(image => image.Shape)]), [.. images.SelectMany(image => image.Channels)]);

    /// <inheritdoc/>
    public ChannelValue Resize(ChannelValue image, int height, int width, bool alignCorners = false) => new(shapes.Resize(image.Shape, height, width, alignCorners), image.Channels);

    /// <inheritdoc/>
    public ChannelValue AveragePool(ChannelValue image, int height, int width) => new(shapes.AveragePool(image.Shape, height, width), image.Channels);

    /// <inheritdoc/>
    public ChannelValue MaxPool(ChannelValue image, int kernel, int stride, int padding) => new(shapes.MaxPool(image.Shape, kernel, stride, padding), image.Channels);

    /// <inheritdoc/>
    public ChannelValue GlobalAveragePool(ChannelValue image) => new(shapes.GlobalAveragePool(image.Shape), image.Channels);

    /// <inheritdoc/>
    public ChannelValue MeanTokens(ChannelValue tokens) => new(shapes.MeanTokens(tokens.Shape), tokens.Channels);

    /// <inheritdoc/>
    public ChannelValue Token(ChannelValue tokens, int index) => new(shapes.Token(tokens.Shape, index), tokens.Channels);

    /// <inheritdoc/>
    public ChannelValue SkipTokens(ChannelValue tokens, int count) => new(shapes.SkipTokens(tokens.Shape, count), tokens.Channels);

    /// <inheritdoc/>
    public ChannelValue Pad(ChannelValue image, int right, int bottom) => new(shapes.Pad(image.Shape, right, bottom), image.Channels);

    /// <inheritdoc/>
    public ChannelValue ImageToGrid(ChannelValue image) => new(shapes.ImageToGrid(image.Shape), image.Channels);

    /// <inheritdoc/>
    public ChannelValue GridToImage(ChannelValue grid) => new(shapes.GridToImage(grid.Shape), grid.Channels);

    /// <inheritdoc/>
    public ChannelValue GridToTokens(ChannelValue grid) => new(shapes.GridToTokens(grid.Shape), grid.Channels);

    /// <inheritdoc/>
    public ChannelValue TokensToGrid(ChannelValue tokens, int height, int width) => new(shapes.TokensToGrid(tokens.Shape, height, width), tokens.Channels);

    /// <inheritdoc/>
    public ChannelValue Windows(ChannelValue grid, WindowLayout layout) => new(shapes.Windows(grid.Shape, layout), grid.Channels);

    /// <inheritdoc/>
    public ChannelValue Unwindows(ChannelValue tokens, WindowLayout layout) => new(shapes.Unwindows(tokens.Shape, layout), tokens.Channels);

    /// <inheritdoc/>
    public ChannelValue MergePatches(ChannelValue grid)
    {
        var channels = grid.Channels;
        return new ChannelValue(shapes.MergePatches(grid.Shape), [.. channels, .. channels, .. channels, .. channels]);
    }

    /// <inheritdoc/>
    public ChannelValue Unfold(ChannelValue image, int patch) => new(shapes.Unfold(image.Shape, patch), image.Channels);

    /// <inheritdoc/>
    public ChannelValue Fold(ChannelValue tokens, int patch, int height, int width) => new(shapes.Fold(tokens.Shape, patch, height, width), tokens.Channels);

    /// <inheritdoc/>
    public ChannelValue DropPath(ChannelValue value, double rate) => value;

    /// <inheritdoc/>
    public ChannelValue Tap(ChannelValue value, FeatureTap tap) => value;

    private static string? Reason(ChannelGraph graph, ChannelGroup group) =>
        group.Units == 1 ? "one unit is left"
        : Slicing.Mismatch(graph, new ChannelCut(new Dictionary<string, ValueList<int>> { [group.Name] = [.. Enumerable.Range(0, group.Units - 1)] })) is { } mismatch ? $"the architecture keeps its width ({mismatch})"
        : null;

    private static ReadOnlySpan<int> Share(int[] channels, int part, int parts)
    {
        var width = channels.Length / parts;
        return channels.AsSpan(part * width, width);
    }

    // the rows of a layer follow the channels that it writes
    private int[] Write(string name, int[] channels, bool bias)
    {
        ties.Follow($"{name}.weight", 0, channels, reads: false);
        if (bias)
            ties.Follow($"{name}.bias", 0, channels, reads: false);
        return channels;
    }

    private ChannelValue Embed(ChannelValue tokens, string name, Shape shape)
    {
        var channels = ties.Born(name, ChannelKind.Stream, tokens.Shape[^1]);
        ties.Follow(name, 2, channels, reads: false);
        ties.Tie(tokens.Channels, channels);
        return new ChannelValue(shape, tokens.Channels);
    }
}
