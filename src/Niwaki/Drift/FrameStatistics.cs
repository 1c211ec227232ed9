namespace Niwaki;

/// <summary>What is kept of one frame for the watch on a device: the model's own output in a few numbers.</summary>
/// <param name="Confidence">Mean over the pixels of the largest class probability, 0..1; <see langword="null"/> where the graph gives labels alone.</param>
/// <param name="Entropy">Mean over the pixels of the entropy of the class probabilities, divided by that of equal ones: 0..1; <see langword="null"/> as above.</param>
/// <param name="Areas">The fraction of the pixels that each class has; they sum to 1.</param>
/// <param name="Feature">The output pooled to a few numbers.</param>
public sealed record FrameStatistics(double? Confidence, double? Entropy, float[] Areas, float[] Feature)
{
    /// <summary>Whether every number is one: a broken engine gives others.</summary>
    public bool IsFinite => double.IsFinite(Confidence ?? 0) && double.IsFinite(Entropy ?? 0) && Areas.All(float.IsFinite) && Feature.All(float.IsFinite);

    /// <summary>Whether it has the same numbers as a reference's frames.</summary>
    internal bool Fits(int classes, int width, bool scalars) =>
        Areas.Length == classes && Feature.Length == width && Confidence.HasValue == scalars && Entropy.HasValue == scalars;
}
