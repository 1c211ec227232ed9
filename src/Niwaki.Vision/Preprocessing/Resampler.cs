using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Niwaki.Vision;

/// <summary>Resizes and normalises in one streaming pass: each source row is filtered across once and kept only as long as output rows need it.</summary>
internal static class Resampler
{
    // red, green, blue, and one of no meaning
    private const int Numbers = 4;

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
        // a pixel that several outputs read is turned into numbers once
        var wide = across.Taps * across.Count > image.Width && across.Taps > 1 ? RowPairs.Numbers(image.Width) : [];
        // pixel by pixel, four numbers each; the second row of a pair may be one that only the next output needs
        var (kept, length) = (down.Taps + 1, across.Count * Numbers);
        var ring = new float[kept * length];
        var sum = new float[length];
        var done = 0;
        for (var i = 0; i < down.Count; i++)
        {
            for (done = Math.Max(done, down.Start[i]); done < down.Start[i] + down.Taps; done++)
            {
                if (wide.Length > 0)
                    RowPairs.Filter(image, done, across, wide, Row(done), Row(++done));
                else
                    FilterRow(image.Pixels, done * image.Width * 3, across, Row(done));
            }

            AddRows(ring, down.Start[i] % kept, down.Weights.AsSpan(i * down.Taps, down.Taps), sum);
            for (var plane = 0; plane < 3; plane++)
                Scale(sum, normalise.SourceChannel(plane), normalise.Factor(plane), normalise.Offset(plane), planes.Slice((plane * height + down.First + i) * width + across.First, across.Count));
        }

        Span<float> Row(int row) => ring.AsSpan(row % kept * length, length);
    }

    private static unsafe void FilterRow(byte[] pixels, int start, ResampleAxis axis, Span<float> row)
    {
        var taps = axis.Taps;
        fixed (byte* first = pixels)
        fixed (float* weights = axis.Weights, target = row)
        {
            byte* from = first + start, last = first + pixels.Length - 4;
            float* to = target, weight = weights;
            foreach (var at in axis.Start)
            {
                var pixel = from + at * 3;
                var sum = Vector128<float>.Zero;
                for (var k = 0; k < taps; k++, pixel += 3, weight++)
                    sum += Pixel(pixel, last) * *weight;
                sum.Store(to);
                to += Numbers;
            }
        }
    }

    // every weight's row, four vectors at a time that stay in registers
    private static unsafe void AddRows(float[] ring, int first, ReadOnlySpan<float> weights, float[] sum)
    {
        var (length, taps, kept) = (sum.Length, weights.Length, ring.Length / sum.Length);
        fixed (float* rows = ring, target = sum)
        {
            var x = 0;
            for (; x <= length - 16; x += 16)
            {
                Vector128<float> a = Vector128<float>.Zero, b = a, c = a, d = a;
                for (int k = 0, row = first; k < taps; k++, row = row + 1 == kept ? 0 : row + 1)
                {
                    var from = rows + row * length + x;
                    var weight = Vector128.Create(weights[k]);
                    a += Vector128.Load(from) * weight;
                    b += Vector128.Load(from + 4) * weight;
                    c += Vector128.Load(from + 8) * weight;
                    d += Vector128.Load(from + 12) * weight;
                }

                a.Store(target + x);
                b.Store(target + x + 4);
                c.Store(target + x + 8);
                d.Store(target + x + 12);
            }

            for (; x < length; x += Numbers)
            {
                var a = Vector128<float>.Zero;
                for (int k = 0, row = first; k < taps; k++, row = row + 1 == kept ? 0 : row + 1)
                    a += Vector128.Load(rows + row * length + x) * weights[k];
                a.Store(target + x);
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

    // one channel of the pixels
    private static unsafe void Scale(ReadOnlySpan<float> pixels, int channel, float factor, float offset, Span<float> target)
    {
        fixed (float* first = pixels, to = target)
        {
            var from = first + channel;
            var x = 0;
            for (; x <= target.Length - 4; x += 4, from += 4 * Numbers)
                (Vector128.Create(from[0], from[Numbers], from[2 * Numbers], from[3 * Numbers]) * factor + Vector128.Create(offset)).Store(to + x);
            for (; x < target.Length; x++, from += Numbers)
                to[x] = *from * factor + offset;
        }
    }
}
