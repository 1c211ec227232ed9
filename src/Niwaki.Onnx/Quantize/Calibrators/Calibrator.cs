namespace Niwaki.Onnx;

/// <summary>Turns what was seen of a tensor into the range that its 8 bits cover. Found by the <see cref="Catalog"/>.</summary>
public abstract record Calibrator
{
    /// <summary>Refuses options that no range follows from.</summary>
    /// <exception cref="StageException">Says which option, and what is allowed.</exception>
    public virtual void Validate()
    {
    }

    /// <summary>The range to cover.</summary>
    /// <param name="observation">With at least one value.</param>
    public abstract ValueRange Range(Observation observation);
}
