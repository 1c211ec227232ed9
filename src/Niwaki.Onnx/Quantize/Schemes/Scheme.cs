namespace Niwaki.Onnx;

/// <summary>Which numbers of a graph get fewer bits, and with which operators. Found by the <see cref="Catalog"/>.</summary>
public abstract record Scheme
{
    /// <summary>What is only simulated, such as <c>W4A8</c>; <see langword="null"/> where the file computes as it says.</summary>
    internal virtual string? Simulated => null;

    /// <summary>What the products compute with, for the log.</summary>
    internal abstract string Title { get; }

    /// <summary>What a chosen product runs in, for the report.</summary>
    internal virtual string Runs(Product product) => Simulated is { } bits ? $"8 bits, codes of {bits}" : "8 bits";

    /// <summary>Whether values get scales from calibration, and what lies between products follows.</summary>
    internal virtual bool Calibrates => false;

    /// <summary>Whether a product of rows by a matrix is best written as a Gemm.</summary>
    internal virtual bool WantsGemm => false;

    /// <summary>Refuses options that no graph follows from.</summary>
    /// <exception cref="StageException">Says which option, and what is allowed.</exception>
    public virtual void Validate()
    {
    }

    /// <summary>Why a product stays in float; <see langword="null"/> where it need not.</summary>
    internal virtual string? Obstacle(Product product) => null;

    /// <summary>Which numbers the weights of a product may become.</summary>
    /// <param name="product">With weights.</param>
    /// <param name="reduceRange">Whether the machine sums products of 8 bits in 16.</param>
    internal abstract GridShape Grid(Product product, bool reduceRange);

    /// <summary>What happens to the numbers that a product reads.</summary>
    /// <param name="calibrated">The scale of the value, where values have one.</param>
    internal abstract InputRounding Rounding(AffineScale? calibrated);

    /// <summary>Writes the chosen products with their rounded weights into the graph.</summary>
    internal abstract void Write(Quantization quantization);
}
