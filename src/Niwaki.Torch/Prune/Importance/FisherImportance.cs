namespace Niwaki.Torch;

/// <summary>
/// How much the loss would change without a unit, by the diagonal of the Fisher information: (Σ w·∂L/∂w)² for each picture alone,
/// averaged (Theis et al., arXiv:1801.05787).
/// </summary>
public sealed record FisherImportance : GradientImportance
{
    /// <inheritdoc/>
    private protected override int Together => 1;

    /// <inheritdoc/>
    private protected override double Measure(double gradient) => gradient * gradient / 2;
}
