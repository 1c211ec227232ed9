namespace Niwaki.Vision;

/// <summary>The files of one picture.</summary>
/// <param name="Id">Its name within the split.</param>
/// <param name="Image">Path of the picture.</param>
/// <param name="Mask">Path of the mask; absent where nothing is labelled.</param>
internal sealed record DatasetPicture(string Id, string Image, string? Mask);
