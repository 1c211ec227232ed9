namespace Niwaki;

/// <summary>A figure of a data sheet: what the device reaches at most, never what a network reaches.</summary>
/// <param name="PerSecond">Multiply-accumulates, bytes or cycles in a second.</param>
/// <param name="Source">Where the figure stands, and how it follows from what stands there.</param>
public sealed record DeviceRate(double PerSecond, string Source);
