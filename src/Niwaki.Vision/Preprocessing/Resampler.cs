using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Niwaki.Vision;

/// <summary>Resizes and normalises in one streaming pass: each source row is filtered across once and kept only as long as output rows need it.</summary>
internal static class Resampler
{
    public static void Resample(Preprocess preprocess, RgbImage image, Span<float> planes)
    {
        var (width, height) = (preprocess.Width, preprocess.Height);
        if (planes.Length < 3 * width * height)
            throw new ArgumentException($"Holds {planes.Length} numbers, but 3x{height}x{width} are written.", nameof(planes));
        var placement = Placement.Of(preprocess, image.Width, image.Height);
        var across = ResampleAxis.Of(preprocess.Interpolation, image.Width, placement.Left, placement.Width, width);
        var down = ResampleAxis.Of(preprocess.Interpolation, image.Height, placement.Top, placement.Height, height);
        if (across.Count < width || down.Count < height)
            planes[..(3 * width * height)].Clear(); // the mean, normalised
        var normalise = Normalisation.Of(preprocess);
        var ring = new float[down.Taps * 3 * across.Count];
        // a pixel that several outputs read is turned into numbers once
        var wide = across.Taps * across.Count > image.Width ? new float[image.Width * 4] : [];
        var sum = new float[across.Count];
        var done = down.Start[0];
        for (var i = 0; i < down.Count; i++)
        {
            for (; done < down.Start[i] + down.Taps; done++)
            {
                if (done >= down.Start[i])
                {
                    var row = ring.AsSpan(done % down.Taps * 3 * across.Count, 3 * across.Count);
                    if (wide.Length > 0)
                        FilterWideRow(image.Pixels, done * image.Width * 3, across, wide, row);
                    else
                        FilterRow(image.Pixels, done * image.Width * 3, across, row);
                }
            }

            for (var plane = 0; plane < 3; plane++)
            {
                Array.Clear(sum);
                for (var k = 0; k < down.Taps; k++)
                {
                    var row = (down.Start[i] + k) % down.Taps;
                    AddScaled(sum, ring.AsSpan((row * 3 + normalise.SourceChannel(plane)) * across.Count, across.Count), down.Weights[i * down.Taps + k]);
                }

                Scale(sum, normalise.Factor(plane), normalise.Offset(plane), planes.Slice((plane * height + down.First + i) * width + across.First, across.Count));
            }
        }
    }

    private static unsafe void FilterWideRow(byte[] pixels, int start, ResampleAxis axis, float[] wide, Span<float> row)
    {
        var (count, taps) = (axis.Count, axis.Taps);
        fixed (byte* first = pixels)
        fixed (float* weights = axis.Weights, red = row, numbers = wide)
        {
            var from = first + start;
            var last = first + pixels.Length - 4;
            for (var x = 0; x < wide.Length; x += 4, from += 3)
                Pixel(from, last).Store(numbers + x);
            var green = red + count;
            var blue = green + count;
            var weight = weights;
            for (var x = 0; x < count; x++)
            {
                var pixel = numbers + axis.Start[x] * 4;
                var sum = Vector128<float>.Zero;
                for (var k = 0; k < taps; k++, pixel += 4, weight++)
                    sum += Vector128.Load(pixel) * *weight;
                red[x] = sum.GetElement(0);
                green[x] = sum.GetElement(1);
                blue[x] = sum.GetElement(2);
            }
        }
    }

    private static unsafe void FilterRow(byte[] pixels, int start, ResampleAxis axis, Span<float> row)
    {
        var (count, taps) = (axis.Count, axis.Taps);
        fixed (byte* first = pixels)
        fixed (float* weights = axis.Weights, red = row)
        {
            var green = red + count;
            var blue = green + count;
            var last = first + pixels.Length - 4;
            for (var x = 0; x < count; x++)
            {
                var from = first + start + axis.Start[x] * 3;
                var sum = Vector128<float>.Zero;
                for (var k = 0; k < taps; k++, from += 3)
                    sum += Pixel(from, last) * weights[x * taps + k];
                red[x] = sum.GetElement(0);
                green[x] = sum.GetElement(1);
                blue[x] = sum.GetElement(2);
            }
        }
    }

    /// <summary>R, G, B and one number of no meaning; <paramref name="last"/> is the last place where four bytes can be read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe Vector128<float> Pixel(byte* from, byte* last)
    {
        var packed = from <= last ? Unsafe.ReadUnaligned<uint>(from) : from[0] | (uint)from[1] << 8 | (uint)from[2] << 16;
        var (shorts, _) = Vector128.Widen(Vector128.CreateScalar(packed).AsByte());
        var (ints, _) = Vector128.Widen(shorts);
        return Vector128.ConvertToSingle(ints.AsInt32());
    }

    internal static void AddScaled(Span<float> sum, ReadOnlySpan<float> values, float weight)
    {
        if (weight == 0)
            return;
        var i = 0;
        for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sum[i..]) + new Vector<float>(values[i..]) * weight).CopyTo(sum[i..]);
        for (; i < sum.Length; i++)
            sum[i] += values[i] * weight;
    }

    private static void Scale(ReadOnlySpan<float> values, float factor, float offset, Span<float> target)
    {
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(values[i..]) * factor + new Vector<float>(offset)).CopyTo(target[i..]);
        for (; i < values.Length; i++)
            target[i] = values[i] * factor + offset;
    }
}
