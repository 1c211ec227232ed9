namespace Niwaki.Onnx;

/// <summary>An interval of values that 8 bits are laid over.</summary>
/// <param name="Low">The smallest value that is not clipped.</param>
/// <param name="High">The largest value that is not clipped.</param>
public readonly record struct ValueRange(double Low, double High)
{
    /// <summary>The smallest interval with both and zero.</summary>
    public ValueRange WithZero => new(Math.Min(Low, 0), Math.Max(High, 0));
}
