namespace Niwaki.Onnx;

/// <summary>Turns what was seen of a tensor into the range that its 8 bits cover. Found by the <see cref="Catalog"/>.</summary>
public abstract record Calibrator
{
    /// <summary>The range to cover.</summary>
    /// <param name="observation">With at least one value.</param>
    public abstract ValueRange Range(Observation observation);
}
