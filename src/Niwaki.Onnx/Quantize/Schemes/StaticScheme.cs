namespace Niwaki.Onnx;

/// <summary>
/// Weights and activations in 8 bits with scales known beforehand, as QuantizeLinear and DequantizeLinear around each node. Fewer bits are a simulation:
/// no CPU computes them faster; the file computes in 8 bits with fewer codes, and says so.
/// </summary>
public sealed record StaticScheme : Scheme
{
    /// <summary>Bits of a weight, 2 to 8; below 7 a simulation.</summary>
    public int WeightBits { get; init; } = 8;

    /// <summary>Bits of an activation, 2 to 8; below 8 a simulation.</summary>
    public int ActivationBits { get; init; } = 8;

    /// <summary>Whether activations are int8 with zero in the middle, as TensorRT asks for; otherwise uint8 over the range that was seen.</summary>
    public bool Symmetric { get; init; }

    /// <summary>Whether each output channel's weights have a scale of their own; otherwise one serves the whole layer.</summary>
    public bool PerChannel { get; init; } = true;

    /// <inheritdoc/>
    internal override string? Simulated => WeightBits < 7 || ActivationBits < 8 ? $"W{WeightBits}A{ActivationBits}" : null;

    /// <inheritdoc/>
    internal override string Title => Simulated is { } bits ? $"Simulation of {bits} (computed in 8 bits, no faster and no smaller than those)" : "8 bits";

    /// <inheritdoc/>
    internal override bool Calibrates => true;

    /// <inheritdoc/>
    internal override bool WantsGemm => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (WeightBits is < 2 or > 8)
            throw new StageException($"static scheme: weightBits is {WeightBits}; give 2 to 8.");
        if (ActivationBits is < 2 or > 8)
            throw new StageException($"static scheme: activationBits is {ActivationBits}; give 2 to 8.");
    }

    /// <inheritdoc/>
    internal override GridShape Grid(Product product, bool reduceRange) => new(reduceRange ? Math.Min(7, WeightBits) : WeightBits, IsPerChannel: PerChannel);

    /// <inheritdoc/>
    internal override InputRounding Rounding(AffineScale? calibrated) => new(calibrated);

    /// <inheritdoc/>
    internal override void Write(Quantization quantization) =>
        new QdqWriter(quantization.Model.Graph, quantization.Plan, quantization.Scales, quantization.Weights) { IsSymmetric = Symmetric }.Apply(quantization.Corrections);
}
