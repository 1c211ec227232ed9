namespace Niwaki;

/// <summary>Segmentation quality. All figures are fractions 0..1.</summary>
/// <param name="MeanIoU">Mean over the classes that occur in ground truth or prediction.</param>
/// <param name="PixelAccuracy">Correct pixels among counted pixels.</param>
/// <param name="ClassIoU">By class index; <see langword="null"/> where the class occurs in neither.</param>
/// <param name="Dice">The LPCV 2023 referee's: per image mean over present classes, then the mean over images.</param>
/// <param name="Images">Pictures that were counted.</param>
public sealed record Accuracy(double MeanIoU, double PixelAccuracy, IReadOnlyList<double?> ClassIoU, double Dice, int Images);
