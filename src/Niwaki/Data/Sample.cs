namespace Niwaki;

/// <summary>One picture of a dataset.</summary>
/// <param name="Id">Names the picture within its set, for errors and for reports.</param>
/// <param name="Image">Upright: an EXIF orientation has been applied.</param>
/// <param name="Labels">Of the image's size; <see langword="null"/> where the set has no labels.</param>
public sealed record Sample(string Id, RgbImage Image, LabelMap? Labels);
