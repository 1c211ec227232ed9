namespace Niwaki.Edge;

/// <summary>How sure a model was of a frame.</summary>
/// <param name="Confidence">Mean over the pixels of the largest probability.</param>
/// <param name="Entropy">Mean over the pixels of the entropy, as a share of the largest that so many classes can have.</param>
internal readonly record struct Certainty(double Confidence, double Entropy);
