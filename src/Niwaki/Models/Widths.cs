namespace Niwaki;

/// <summary>Output channels by layer name, after a cut.</summary>
/// <param name="layer">The full name of a convolution or linear layer, without <c>.weight</c>.</param>
public delegate int Widths(string layer);
