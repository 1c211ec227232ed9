using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Niwaki.Vision;

/// <summary>Resizes and normalises in one streaming pass: each source row is filtered across once and kept only as long as output rows need it.</summary>
internal static class Resampler
{
    // red, green, blue, and one of no meaning
    private const int Numbers = 4;

    // of no byte of the vector: zero
    private const byte No = 0xff;

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
        // pixel by pixel, four numbers each
        var ring = new float[down.Taps * across.Count * Numbers];
        // a pixel that several outputs read is turned into numbers once
        var wide = across.Taps * across.Count > image.Width && across.Taps > 1 ? new float[image.Width * Numbers] : [];
        var sum = new float[across.Count * Numbers];
        var done = down.Start[0];
        for (var i = 0; i < down.Count; i++)
        {
            for (; done < down.Start[i] + down.Taps; done++)
            {
                if (done >= down.Start[i])
                    FilterRow(image.Pixels, done * image.Width * 3, across, wide, ring.AsSpan(done % down.Taps * sum.Length, sum.Length));
            }

            AddRows(ring, down.Start[i], down.Weights.AsSpan(i * down.Taps, down.Taps), sum);
            for (var plane = 0; plane < 3; plane++)
                Scale(sum, normalise.SourceChannel(plane), normalise.Factor(plane), normalise.Offset(plane), planes.Slice((plane * height + down.First + i) * width + across.First, across.Count));
        }
    }

    private static unsafe void FilterRow(byte[] pixels, int start, ResampleAxis axis, float[] wide, Span<float> row)
    {
        var taps = axis.Taps;
        fixed (byte* first = pixels)
        fixed (float* weights = axis.Weights, target = row, numbers = wide)
        {
            byte* from = first + start, last = first + pixels.Length - 4;
            float* to = target, weight = weights;
            if (wide.Length > 0)
            {
                Widen(from, first + pixels.Length, wide.Length / Numbers, numbers);
                foreach (var at in axis.Start)
                {
                    var pixel = numbers + at * Numbers;
                    var sum = Vector128<float>.Zero;
                    for (var k = 0; k < taps; k++, pixel += Numbers, weight++)
                        sum += Vector128.Load(pixel) * *weight;
                    sum.Store(to);
                    to += Numbers;
                }

                return;
            }

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

    // four pixels of a load where there are 16 bytes
    private static unsafe void Widen(byte* from, byte* end, int count, float* to)
    {
        var x = 0;
        for (; x <= count - 4 && from + 16 <= end; x += 4, from += 12, to += 4 * Numbers)
        {
            var packed = Vector128.Load(from);
            Vector128.ConvertToSingle(Vector128.Shuffle(packed, Vector128.Create(0, No, No, No, 1, No, No, No, 2, No, No, No, No, No, No, No)).AsInt32()).Store(to);
            Vector128.ConvertToSingle(Vector128.Shuffle(packed, Vector128.Create(3, No, No, No, 4, No, No, No, 5, No, No, No, No, No, No, No)).AsInt32()).Store(to + Numbers);
            Vector128.ConvertToSingle(Vector128.Shuffle(packed, Vector128.Create(6, No, No, No, 7, No, No, No, 8, No, No, No, No, No, No, No)).AsInt32()).Store(to + 2 * Numbers);
            Vector128.ConvertToSingle(Vector128.Shuffle(packed, Vector128.Create(9, No, No, No, 10, No, No, No, 11, No, No, No, No, No, No, No)).AsInt32()).Store(to + 3 * Numbers);
        }

        for (; x < count; x++, from += 3, to += Numbers)
            Pixel(from, end - 4).Store(to);
    }

    // every weight's row, four vectors at a time that stay in registers
    private static unsafe void AddRows(float[] ring, int start, ReadOnlySpan<float> weights, float[] sum)
    {
        var (length, taps) = (sum.Length, weights.Length);
        fixed (float* rows = ring, target = sum)
        {
            var x = 0;
            for (; x <= length - 16; x += 16)
            {
                Vector128<float> a = Vector128<float>.Zero, b = a, c = a, d = a;
                for (int k = 0, row = start % taps; k < taps; k++, row = row + 1 == taps ? 0 : row + 1)
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
                for (int k = 0, row = start % taps; k < taps; k++, row = row + 1 == taps ? 0 : row + 1)
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
