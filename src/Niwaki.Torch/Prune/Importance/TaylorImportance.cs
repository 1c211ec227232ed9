using System.Text.Json.Serialization;

namespace Niwaki.Torch;

/// <summary>
/// How much the loss would change without a unit, to first order: |Σ w·∂L/∂w| over the weights that read it, averaged over batches
/// (Molchanov et al., arXiv:1611.06440, equation 8). For heads it is the sensitivity of Michel et al., arXiv:1905.10650.
/// </summary>
public sealed record TaylorImportance : GradientImportance
{
    /// <summary>Pictures whose gradient is taken at once: more take less time, and let effects of different signs cancel.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>First-order effects of different layers do not compare well.</summary>
    [JsonIgnore]
    public override Allocation Allocation => new IsomorphicAllocation();

    /// <inheritdoc/>
    private protected override int Together => Batch;

    /// <inheritdoc/>
    private protected override double Measure(double gradient) => Math.Abs(gradient);
}
