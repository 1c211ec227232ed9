namespace Niwaki;

/// <summary>The reader that declares parameters and buffers under their names, in the order of the forward.</summary>
public sealed class ParameterOps : ShapeOps
{
    private readonly Dictionary<string, ParameterSpec> specs = new(StringComparer.Ordinal);
    private readonly List<ParameterSpec> ordered = [];

    /// <summary>All tensors of an architecture. Position embeddings depend on the input size, nothing else does.</summary>
    public static IReadOnlyList<ParameterSpec> Of(Architecture architecture, int height, int width)
    {
        var reader = new ParameterOps();
        architecture.Forward(reader, new Shape(1, 3, height, width));
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
        return base.Conv(image, name, options);
    }

    /// <inheritdoc/>
    public override Shape Linear(Shape value, string name, int width, bool bias = true)
    {
        Declare($"{name}.weight", new Shape(width, value[^1]), ParameterRole.LinearWeight, value[^1], width);
        if (bias)
            Declare($"{name}.bias", new Shape(width), ParameterRole.Bias, value[^1]);
        return base.Linear(value, name, width, bias);
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
        if (options.Windows is { } windows)
            Declare($"{name}.relative_position_bias_table", new Shape(((2 * windows.WindowHeight) - 1) * ((2 * windows.WindowWidth) - 1), options.Heads), ParameterRole.PositionBias);
        return base.Attention(query, key, value, name, options);
    }

    private void Norm(string name, int channels)
    {
        Declare($"{name}.weight", new Shape(channels), ParameterRole.NormWeight);
        Declare($"{name}.bias", new Shape(channels), ParameterRole.NormBias);
    }

    private void Declare(string name, Shape shape, ParameterRole role, int fanIn = 0, int fanOut = 0)
    {
        var spec = new ParameterSpec(name, shape, role, fanIn, fanOut);
        if (specs.TryAdd(name, spec))
            ordered.Add(spec);
        else if (specs[name] != spec)
            throw new ArgumentException($"{name} is declared twice, as {specs[name].Shape} and as {shape}.", nameof(name));
    }
}
