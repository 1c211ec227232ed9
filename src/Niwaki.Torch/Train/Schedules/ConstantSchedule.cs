namespace Niwaki.Torch;

/// <summary>The learning rate stays.</summary>
public sealed record ConstantSchedule : Schedule
{
    /// <inheritdoc/>
    public override double Factor(double progress) => 1;
}
