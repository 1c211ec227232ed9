namespace Niwaki.Torch;

/// <summary>
/// What a student learns from its teacher; several are summed with their weights, and each has its own curve. Found by the
/// <see cref="Catalog"/>.
/// </summary>
public abstract record Objective
{
    /// <summary>Factor in the sum of all objectives and of the losses on labels.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="StageException">Says which option, and what is allowed.</exception>
    public virtual void Validate() => Require(double.IsFinite(Weight) && Weight >= 0, nameof(Weight), Weight, "a number from 0 up");

    /// <summary>Makes what the objective needs for one pair of networks.</summary>
    /// <exception cref="StageException">It does not suit the pair.</exception>
    internal abstract IObjectiveTerm Open(DistillPair pair);

    private protected void Require(bool holds, string option, object? value, string allowed)
    {
        if (!holds)
            throw new StageException($"objective {Catalog.NameOf(GetType(), typeof(Objective))}: {Catalog.Kebab(option)} is {value}, but {allowed} is needed.");
    }
}
