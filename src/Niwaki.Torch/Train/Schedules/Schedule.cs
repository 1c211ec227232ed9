namespace Niwaki.Torch;

/// <summary>How the learning rate falls after the warm-up. Found by the <see cref="Catalog"/>.</summary>
public abstract record Schedule
{
    /// <summary>The factor of the learning rate.</summary>
    /// <param name="progress">0 at the end of the warm-up, 1 at the last step.</param>
    public abstract double Factor(double progress);

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="StageException">Says which option, and what is allowed.</exception>
    public virtual void Validate()
    {
    }
}
