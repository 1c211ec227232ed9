namespace Niwaki.Torch;

/// <summary>Half a cosine down to a floor (Loshchilov and Hutter, arXiv:1608.03983, without restarts).</summary>
public sealed record CosineSchedule : Schedule
{
    /// <summary>The factor at the last step.</summary>
    public double Floor { get; init; }

    /// <inheritdoc/>
    public override double Factor(double progress) => Floor + ((1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * Math.Clamp(progress, 0, 1))));

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Floor is not (>= 0 and <= 1))
            throw new StageException($"schedule cosine: floor is {Floor}, but a number from 0 to 1 is needed.");
    }
}
