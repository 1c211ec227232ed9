namespace Niwaki.Onnx;

/// <summary>Uint8 for a whole tensor: <c>value = Step * (code - ZeroPoint)</c>. Zero has a code of its own, so padding and ReLU stay exact.</summary>
/// <param name="Step">The distance of neighbouring codes.</param>
/// <param name="ZeroPoint">The code of zero.</param>
/// <param name="Highest">The largest code: 255, or fewer where fewer bits are simulated.</param>
public readonly record struct AffineScale(float Step, byte ZeroPoint, byte Highest = 255)
{
    /// <summary>For tensors in [0, 1], such as what a softmax or a sigmoid gives: the scale that needs no calibration.</summary>
    public static AffineScale Unit { get; } = new(1f / 255, 0);

    /// <summary>The smallest and the largest value that has a code.</summary>
    public ValueRange Range => new(-(double)Step * ZeroPoint, (double)Step * (Highest - ZeroPoint));

    /// <summary>Lays the 256 codes over a range, widened to include zero and shifted by less than a step so that zero has a code.</summary>
    public static AffineScale Of(ValueRange range) => Of(range, 8, symmetric: false);

    /// <summary>Lays 2^<paramref name="bits"/> codes over a range, widened to include zero and shifted by less than a step so that zero has a code.</summary>
    /// <param name="range">What to cover.</param>
    /// <param name="bits">2 to 8.</param>
    /// <param name="symmetric">Whether zero is the middle code, whatever the range.</param>
    public static AffineScale Of(ValueRange range, int bits, bool symmetric)
    {
        var (low, high) = range.WithZero;
        var highest = (byte)((1 << bits) - 1);
        var middle = (byte)(1 << (bits - 1));
        var step = symmetric ? (float)(Math.Max(-low, high) / (middle - 1)) : (float)((high - low) / highest);
        // a tensor that is always zero needs some step; below the normal floats a division by it would overflow
        if (step < 1e-30f)
            return new AffineScale(1, symmetric ? middle : (byte)0, highest);
        return new AffineScale(step, symmetric ? middle : (byte)Math.Clamp(Math.Round(-low / step), 0, highest), highest);
    }

    /// <summary>The code of a value, as QuantizeLinear rounds: half to even.</summary>
    public byte Quantize(float value) => (byte)Math.Clamp(MathF.Round(value / Step) + ZeroPoint, 0, Highest);

    /// <summary>The value of a code.</summary>
    public float Dequantize(byte code) => Step * (code - ZeroPoint);

    /// <summary>The value after there and back.</summary>
    public float Round(float value) => Dequantize(Quantize(value));
}
