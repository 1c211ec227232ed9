namespace Niwaki.Onnx;

/// <summary>The scale of a value in 8 bits.</summary>
/// <param name="Name">The value's name in the float graph.</param>
/// <param name="Scale">The distance of neighbouring codes.</param>
/// <param name="ZeroPoint">The code of zero.</param>
public sealed record ValueScale(string Name, float Scale, byte ZeroPoint);
