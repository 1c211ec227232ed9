namespace Niwaki.Onnx;

/// <summary>
/// Weights in 8 bits; activations get their scale while the graph runs, from each picture's own range, so nothing is calibrated: DynamicQuantizeMatMul
/// for linear layers, and if asked for ConvInteger for convolutions. Runs in ONNX Runtime on CPUs only.
/// </summary>
public sealed record DynamicScheme : Scheme
{
    /// <summary>Whether convolutions (not those in groups) are quantized too. Measured slower than in float: a TopFormer 0.62 times, a MobileViT 0.73 times as fast (docs/int8.md).</summary>
    public bool Convolutions { get; init; }

    /// <summary>Whether each output channel's weights have a scale of their own; otherwise one serves the whole layer.</summary>
    public bool PerChannel { get; init; } = true;

    /// <inheritdoc/>
    internal override string Title => "8 bits, activations scaled while running";

    /// <inheritdoc/>
    internal override string? Obstacle(Product product) =>
        product.Weight is null ? "a product inside attention"
        : product.Node.OpType != "Conv" ? null
        : !Convolutions ? "a convolution"
        : product.Node.Int("group", 1) != 1 ? "a convolution in groups"
        : null;

    /// <inheritdoc/>
    internal override GridShape Grid(Product product, bool reduceRange) => new(reduceRange ? 7 : 8, IsPerChannel: PerChannel);

    /// <inheritdoc/>
    internal override InputRounding Rounding(AffineScale? calibrated) => new(null, IsDynamic: true);

    /// <inheritdoc/>
    internal override void Write(Quantization quantization) => new DynamicWriter(quantization).Apply();
}
