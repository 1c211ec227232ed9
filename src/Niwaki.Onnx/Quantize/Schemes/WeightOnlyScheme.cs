using System.Numerics;

namespace Niwaki.Onnx;

/// <summary>
/// Only weights get fewer bits, all arithmetic stays in float: a smaller file. 8 bits: a scale for each output channel and DequantizeLinear. 4 bits:
/// blocks of neighbouring weights with a scale each, in linear layers, which ONNX Runtime's MatMulNBits reads; convolutions get 8 bits then.
/// </summary>
public sealed record WeightOnlyScheme : Scheme
{
    /// <summary>Bits of a weight: 8 or 4.</summary>
    public int Bits { get; init; } = 8;

    /// <summary>Neighbouring weights of an output that share a scale, where bits is 4: a power of two from 16 to 256.</summary>
    public int Block { get; init; } = 32;

    /// <summary>Whether zero is the middle code of a block, which saves the zero points; where bits is 4.</summary>
    public bool Symmetric { get; init; }

    /// <summary>Whether the products with 4-bit weights may round activations to 8 bits while running: faster, a little less accurate.</summary>
    public bool Int8Products { get; init; }

    /// <inheritdoc/>
    internal override string Title => Bits == 8 ? "Weights in 8 bits" : "Weights in 4 bits (of convolutions in 8)";

    /// <inheritdoc/>
    internal override string Runs(Product product) => $"float, weights in {(IsBlocked(product) ? Bits : 8)} bits";

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Bits is not (8 or 4))
            throw new StageException($"weight-only scheme: bits is {Bits}; give 8 or 4.");
        if (Block is < 16 or > 256 || !BitOperations.IsPow2(Block))
            throw new StageException($"weight-only scheme: block is {Block}; give 16, 32, 64, 128 or 256.");
    }

    /// <inheritdoc/>
    internal override string? Obstacle(Product product) => product.Weight is null ? "a product inside attention" : null;

    /// <inheritdoc/>
    internal override GridShape Grid(Product product, bool reduceRange) => IsBlocked(product) ? new GridShape(Bits, Block, Symmetric) : new GridShape(8);

    /// <inheritdoc/>
    internal override InputRounding Rounding(AffineScale? calibrated) => default;

    /// <inheritdoc/>
    internal override void Write(Quantization quantization) => new WeightOnlyWriter(quantization, this).Apply();

    /// <summary>Whether the weights of a product are stored in blocks.</summary>
    internal bool IsBlocked(Product product) => Bits == 4 && product.Node.OpType != "Conv";
}
