namespace Niwaki;

/// <summary>The reader that declares parameters and buffers under their names, in the order of the forward.</summary>
public sealed class ParameterOps : ShapeOps
{
    // more than any network for small boards has; what comes from a file may claim anything
    private const double MaxParameters = 2e9;
    private const double MaxValues = 4e9;
    private const int MaxWindowArea = 1 << 14;

    private readonly Dictionary<string, ParameterSpec> specs = new(StringComparer.Ordinal);
    private readonly List<ParameterSpec> ordered = [];
    private double total;

    /// <summary>All tensors of an architecture, those of an auxiliary head last. Position embeddings depend on the input size, nothing else does.</summary>
    /// <exception cref="StageException">The widths do not fit together, or are too large for any memory: told before anything is allocated.</exception>
    public static IReadOnlyList<ParameterSpec> Of(Architecture architecture, int height, int width)
    {
        var reader = new ParameterOps();
        try
        {
            architecture.Outputs(reader, new Shape(1, 3, height, width));
        }
        catch (Exception problem) when (problem is ArgumentException or ArithmeticException or IndexOutOfRangeException)
        {
            throw new StageException($"The architecture does not fit together for pictures of {width}x{height} ({problem.Message}). Mend its {TorchModel.ArchitectureFile}, or choose another input size.", problem);
        }

        return reader.ordered;
    }

    /// <inheritdoc/>
    public override Shape Conv(Shape image, string name, ConvOptions options)
    {
        var perGroup = image[1] / options.Groups;
        var area = options.Kernel * options.Kernel;
        Declare($"{name}.weight", new Shape(options.Channels, perGroup, options.Kernel, options.Kernel), ParameterRole.ConvWeight, perGroup * area, options.Channels / options.Groups * area);
        if (options.Bias)
            Declare($"{name}.bias", new Shape(options.Channels), ParameterRole.Bias, perGroup * area);
        return Bounded(name, base.Conv(image, name, options));
    }

    /// <inheritdoc/>
    public override Shape Linear(Shape value, string name, int width, bool bias = true)
    {
        Declare($"{name}.weight", new Shape(width, value[^1]), ParameterRole.LinearWeight, value[^1], width);
        if (bias)
            Declare($"{name}.bias", new Shape(width), ParameterRole.Bias, value[^1]);
        return Bounded(name, base.Linear(value, name, width, bias));
    }

    /// <inheritdoc/>
    public override Shape BatchNorm(Shape image, string name, double epsilon = 1e-5)
    {
        Norm(name, image[1]);
        Declare($"{name}.running_mean", new Shape(image[1]), ParameterRole.RunningMean);
        Declare($"{name}.running_var", new Shape(image[1]), ParameterRole.RunningVariance);
        return image;
    }

    /// <inheritdoc/>
    public override Shape LayerNorm(Shape value, string name, double epsilon = 1e-5)
    {
        Norm(name, value[^1]);
        return value;
    }

    /// <inheritdoc/>
    public override Shape GroupNorm(Shape image, string name, int groups = 1, double epsilon = 1e-5)
    {
        if (groups < 1 || image[1] % groups != 0)
            throw new StageException($"{name}: {image[1]} channels cannot be shared by {groups} groups. Mend the {TorchModel.ArchitectureFile}.");
        Norm(name, image[1]);
        return image;
    }

    /// <inheritdoc/>
    public override Shape AveragePool(Shape image, int height, int width) => Bounded("a pooled map", base.AveragePool(image, height, width));

    /// <inheritdoc/>
    public override Shape PrependToken(Shape tokens, string name)
    {
        Declare(name, new Shape(1, 1, tokens[2]), ParameterRole.Embedding);
        return base.PrependToken(tokens, name);
    }

    /// <inheritdoc/>
    public override Shape AddPositions(Shape tokens, string name)
    {
        Declare(name, new Shape(1, tokens[1], tokens[2]), ParameterRole.Embedding);
        return tokens;
    }

    /// <inheritdoc/>
    public override Shape Attention(Shape query, Shape key, Shape value, string name, AttentionOptions options)
    {
        CheckHeads(name, query, value, options.Heads, options.Windows);
        if (options is { Windows: { } distances, Mirrored: true })
            Declare($"{name}.attention_biases", new Shape(options.Heads, distances.Area), ParameterRole.PositionBias);
        else if (options.Windows is { } windows)
            Declare($"{name}.relative_position_bias_table", new Shape(((2 * windows.WindowHeight) - 1) * ((2 * windows.WindowWidth) - 1), options.Heads), ParameterRole.PositionBias);
        return base.Attention(query, key, value, name, options);
    }

    /// <inheritdoc/>
    public override Shape CosineAttention(Shape query, Shape key, Shape value, string name, CosineAttentionOptions options)
    {
        CheckHeads(name, query, value, options.Heads, options.Windows);
        Declare($"{name}.logit_scale", new Shape(options.Heads, 1, 1), ParameterRole.LogitScale);
        Declare($"{name}.position_weight1", new Shape(options.HiddenWidth, 2), ParameterRole.PositionWeight, 2, options.HiddenWidth);
        Declare($"{name}.position_bias1", new Shape(options.HiddenWidth), ParameterRole.PositionOffset, 2);
        Declare($"{name}.position_weight2", new Shape(options.Heads, options.HiddenWidth), ParameterRole.PositionWeight, options.HiddenWidth, options.Heads);
        return base.CosineAttention(query, key, value, name, options);
    }

    private static void CheckHeads(string name, Shape query, Shape value, int heads, WindowLayout? windows)
    {
        if (heads < 1 || query[^1] % heads != 0 || value[^1] % heads != 0)
            throw new StageException($"{name}: {query[^1]} channels cannot be shared by {heads} heads. Mend the {TorchModel.ArchitectureFile}.");
        if (windows is not null && (double)windows.WindowHeight * windows.WindowWidth is not (>= 1 and <= MaxWindowArea))
            throw new StageException($"{name}: windows of {windows.WindowHeight}x{windows.WindowWidth} are out of range (1 to {MaxWindowArea} positions). Mend the {TorchModel.ArchitectureFile}.");
    }

    /// <inheritdoc/>
    public override Shape LinearAttention(Shape query, Shape key, Shape value, string name, int heads, double epsilon = 1e-5) =>
        heads >= 1 && query[1] % heads == 0 && value[1] % heads == 0
            ? base.LinearAttention(query, key, value, name, heads, epsilon)
            : throw new StageException($"{name}: {query[1]} channels cannot be shared by {heads} heads. Mend the {TorchModel.ArchitectureFile}.");

    private static Shape Bounded(string name, Shape shape) => Size(name, shape) <= MaxValues
        ? shape
        : throw new StageException($"{name}: gives {shape}, more than the {MaxValues:N0} values that are possible. Mend the {TorchModel.ArchitectureFile}, or choose a smaller input.");

    // the product of the dimensions may not fit into any integer
    private static double Size(string name, Shape shape) => shape.Dimensions.All(size => size >= 1)
        ? shape.Dimensions.Aggregate(1.0, (product, size) => product * size)
        : throw new StageException($"{name}: would be {shape}, but every size is 1 or more. Mend the {TorchModel.ArchitectureFile}, or choose a larger input.");

    private void Norm(string name, int channels)
    {
        Declare($"{name}.weight", new Shape(channels), ParameterRole.NormWeight);
        Declare($"{name}.bias", new Shape(channels), ParameterRole.NormBias);
    }

    private void Declare(string name, Shape shape, ParameterRole role, int fanIn = 0, int fanOut = 0)
    {
        total += Size(name, shape);
        if (total > MaxParameters)
            throw new StageException($"{name} {shape}: with it the network has {total:N0} parameters, more than the {MaxParameters:N0} that are possible. Mend the {TorchModel.ArchitectureFile}.");
        var spec = new ParameterSpec(name, shape, role, fanIn, fanOut);
        if (specs.TryAdd(name, spec))
            ordered.Add(spec);
        else if (specs[name] != spec)
            throw new ArgumentException($"{name} is declared twice, as {specs[name].Shape} and as {shape}.", nameof(name));
    }
}
