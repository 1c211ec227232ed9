using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// A step that makes fewer bits cost less accuracy: on the float graph before its weights are rounded, on the scale of a value, on how
/// weights are rounded, or on the biases afterwards. Carried out in the order of the list, phase by phase. Found by the
/// <see cref="Catalog"/>.
/// </summary>
public abstract record Refinement
{
    /// <summary>Whether it changes the float graph.</summary>
    internal virtual bool Rewrites => false;

    /// <summary>Whether it needs to see what the layers read.</summary>
    internal virtual bool Rounds => false;

    /// <summary>Refuses options that nothing follows from.</summary>
    /// <exception cref="StageException">Says which option, and what is allowed.</exception>
    public virtual void Validate()
    {
    }

    /// <summary>Changes the float graph and leaves its function as it is, which is checked.</summary>
    /// <exception cref="StageException">It cannot be done to this graph.</exception>
    internal virtual void Rewrite(FloatRewriting graph)
    {
    }

    /// <summary>A scale that a value made by a node has without calibration.</summary>
    internal virtual AffineScale? Scale(NodeProto producer) => null;

    /// <summary>Chooses how the weights of a layer are rounded.</summary>
    internal virtual void Round(RoundedLayer layer)
    {
    }
}
