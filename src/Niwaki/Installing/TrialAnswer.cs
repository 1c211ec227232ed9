namespace Niwaki;

/// <summary>What a model says of a picture while it is tried.</summary>
/// <param name="Labels">At the picture's own size.</param>
/// <param name="Confidence">Mean over the pixels of the largest class probability; <see langword="null"/> where the graph gives labels alone.</param>
/// <param name="Truth">The picture's true labels, where they lie beside it.</param>
public sealed record TrialAnswer(LabelMap Labels, double? Confidence, LabelMap? Truth = null);
