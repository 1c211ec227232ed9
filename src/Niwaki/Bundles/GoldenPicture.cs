namespace Niwaki;

/// <summary>A picture whose labels are known.</summary>
/// <param name="Picture">The file of the picture.</param>
/// <param name="Labels">The file of the labels that the serving model gave it where the bundle was made: PNG, 8-bit grey, value = class.</param>
/// <param name="Confidence">The mean confidence of that answer; <see langword="null"/> where the graph gives labels alone.</param>
/// <param name="Truth">The file of its true labels, where they are known.</param>
public sealed record GoldenPicture(string Picture, string Labels, double? Confidence = null, string? Truth = null);
