using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>What was seen of one tensor over the calibration pictures.</summary>
public sealed class Observation
{
    private readonly List<ValueRange> pictures = [];

    /// <summary>All values.</summary>
    public Histogram Histogram { get; } = new();

    /// <summary>The range of each picture, in order.</summary>
    public IReadOnlyList<ValueRange> Pictures => pictures;

    /// <summary>Adds the values of one picture.</summary>
    /// <exception cref="ArgumentException">One is not finite.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
            return;
        var (low, high) = (TensorPrimitives.Min(values), TensorPrimitives.Max(values));
        Histogram.Add(values, low, high);
        pictures.Add(new ValueRange(low, high));
    }

    /// <summary>Adds what was seen of another tensor that must have the same scale, or of further pictures.</summary>
    public void Merge(Observation other)
    {
        Histogram.Merge(other.Histogram);
        pictures.AddRange(other.pictures);
    }
}
