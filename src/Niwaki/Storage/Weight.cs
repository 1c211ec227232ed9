namespace Niwaki;

/// <summary>A tensor of a model at rest, in float32 whatever its file held.</summary>
/// <param name="Shape">Its dimensions; rank 0 for a single number.</param>
/// <param name="Values">Row by row.</param>
public sealed record Weight(Shape Shape, float[] Values);
