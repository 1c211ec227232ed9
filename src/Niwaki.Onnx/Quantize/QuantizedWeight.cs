namespace Niwaki.Onnx;

/// <summary>Symmetric int8 weights with a scale for each output channel (or one for all).</summary>
/// <param name="Codes">In the layout of the float weights.</param>
/// <param name="Steps">The scale of each channel; one where all share it.</param>
public sealed record QuantizedWeight(sbyte[] Codes, float[] Steps)
{
    /// <summary>
    /// Quantizes to ±127 (±63 with <paramref name="reduceRange"/>: 7 bits, which <c>vpmaddubsw</c> of CPUs without VNNI sums
    /// without saturating).
    /// </summary>
    /// <param name="values">The weights.</param>
    /// <param name="shape">Their dimensions.</param>
    /// <param name="axis">The axis of output channels; <see langword="null"/> for one scale over all.</param>
    /// <param name="reduceRange">7 bits instead of 8.</param>
    /// <param name="floors">The least scale of each channel, so that an int32 bias in units of it does not overflow; or empty.</param>
    public static QuantizedWeight Of(ReadOnlySpan<float> values, ReadOnlySpan<int> shape, int? axis, bool reduceRange, ReadOnlySpan<float> floors = default)
    {
        var limit = reduceRange ? 63 : 127;
        var (channels, inner) = Layout(shape, axis);
        if (!floors.IsEmpty && floors.Length != channels)
            throw new ArgumentException($"has {floors.Length} values for {channels} channels", nameof(floors));
        var steps = new float[channels];
        for (var i = 0; i < values.Length; i++)
        {
            ref var step = ref steps[i / inner % channels];
            step = Math.Max(step, Math.Abs(values[i]));
        }

        for (var channel = 0; channel < channels; channel++)
        {
            var step = Math.Max(steps[channel] / limit, floors.IsEmpty ? 0 : floors[channel]);
            // a channel of zeros: any scale will do, but it must be a normal float
            steps[channel] = step < 1e-30f ? 1 : step;
        }

        var codes = new sbyte[values.Length];
        for (var i = 0; i < values.Length; i++)
            codes[i] = (sbyte)Math.Clamp(MathF.Round(values[i] / steps[i / inner % channels]), -limit, limit);
        return new QuantizedWeight(codes, steps);
    }

    /// <summary>The weights that the codes stand for.</summary>
    public float[] Dequantize(ReadOnlySpan<int> shape, int? axis)
    {
        var (channels, inner) = Layout(shape, axis);
        var values = new float[Codes.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = Codes[i] * Steps[i / inner % channels];
        return values;
    }

    private static (int Channels, int Inner) Layout(ReadOnlySpan<int> shape, int? axis)
    {
        if (axis is not { } at)
            return (1, int.MaxValue);
        var inner = 1;
        foreach (var size in shape[(at + 1)..])
            inner *= size;
        return (shape[at], inner);
    }
}
