namespace Niwaki.Torch;

/// <summary>(1 - progress)^power, the schedule of most segmentation networks (Chen et al., arXiv:1606.00915).</summary>
public sealed record PolySchedule : Schedule
{
    /// <summary>1 falls linearly.</summary>
    public double Power { get; init; } = 0.9;

    /// <inheritdoc/>
    public override double Factor(double progress) => Math.Pow(Math.Max(0, 1 - progress), Power);

    /// <inheritdoc/>
    public override void Validate()
    {
        if (!(double.IsFinite(Power) && Power > 0))
            throw new StageException($"schedule poly: power is {Power}, but a number above 0 is needed.");
    }
}
