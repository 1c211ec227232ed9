namespace Niwaki.Onnx;

/// <summary>Asymmetric uint8 for a whole tensor: <c>value = Step * (code - ZeroPoint)</c>. Zero has a code of its own, so padding and ReLU stay exact.</summary>
/// <param name="Step">The distance of neighbouring codes.</param>
/// <param name="ZeroPoint">The code of zero.</param>
public readonly record struct AffineScale(float Step, byte ZeroPoint)
{
    /// <summary>For tensors in [0, 1], such as what a softmax or a sigmoid gives: the scale that needs no calibration.</summary>
    public static AffineScale Unit { get; } = new(1f / 255, 0);

    /// <summary>The smallest and the largest value that has a code.</summary>
    public ValueRange Range => new(-(double)Step * ZeroPoint, (double)Step * (255 - ZeroPoint));

    /// <summary>Lays the 256 codes over a range, widened to include zero and shifted by less than a step so that zero has a code.</summary>
    public static AffineScale Of(ValueRange range)
    {
        var (low, high) = range.WithZero;
        var step = (float)((high - low) / 255);
        // a tensor that is always zero needs some step; below the normal floats a division by it would overflow
        return step < 1e-30f ? new AffineScale(1, 0) : new AffineScale(step, (byte)Math.Clamp(Math.Round(-low / step), 0, 255));
    }

    /// <summary>The code of a value, as QuantizeLinear rounds: half to even.</summary>
    public byte Quantize(float value) => (byte)Math.Clamp(MathF.Round(value / Step) + ZeroPoint, 0, 255);

    /// <summary>The value of a code.</summary>
    public float Dequantize(byte code) => Step * (code - ZeroPoint);

    /// <summary>The value after there and back.</summary>
    public float Round(float value) => Dequantize(Quantize(value));
}
