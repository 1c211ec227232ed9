namespace Niwaki;

/// <summary>Above which value a statistic of a window says that something changed.</summary>
/// <param name="Statistic">Which.</param>
/// <param name="Value">What a window of the calibration data exceeds with the reference's <see cref="DriftReference.FalseAlarms"/>, all statistics together.</param>
public sealed record DriftThreshold(DriftStatistic Statistic, double Value);
