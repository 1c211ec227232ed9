using System.Text.Json.Serialization;

namespace Niwaki.Torch;

/// <summary>
/// How much the loss would change without a unit, to second order: half the diagonal of the Fisher information, (Σ w·∂L/∂w)² for each
/// picture alone, averaged (Theis et al., arXiv:1801.05787; Molchanov et al., arXiv:1906.10771, equation 8). In a trained network, where
/// first-order effects cancel out, it ranks better than they do.
/// </summary>
public sealed record FisherImportance : GradientImportance
{
    /// <summary>Second-order effects add up, so that they can be weighed against costs.</summary>
    [JsonIgnore]
    public override Allocation Allocation => new KnapsackAllocation();

    /// <inheritdoc/>
    private protected override int Together => 1;

    /// <inheritdoc/>
    private protected override double Measure(double gradient) => gradient * gradient / 2;
}
