namespace Niwaki.Onnx;

/// <summary>Which numbers of a graph get fewer bits, and with which operators. Found by the <see cref="Catalog"/>.</summary>
public abstract record Scheme
{
    /// <summary>Refuses options that no graph follows from.</summary>
    /// <exception cref="StageException">Says which option, and what is allowed.</exception>
    public virtual void Validate()
    {
    }
}
