namespace Niwaki.Onnx;

/// <summary>
/// A step that makes 8 bits cost less accuracy: on the float graph before its weights are rounded, on the scale of a value, on how
/// weights are rounded, or on the biases afterwards. Carried out in the order of the list, phase by phase. Found by the
/// <see cref="Catalog"/>.
/// </summary>
public abstract record Refinement
{
    /// <summary>Refuses options that nothing follows from.</summary>
    /// <exception cref="StageException">Says which option, and what is allowed.</exception>
    public virtual void Validate()
    {
    }
}
