using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Niwaki.Vision;

/// <summary>Filters two rows at a time with the same weights: the same sums in the same order as row by row, with fewer instructions.</summary>
internal static class RowPairs
{
    // of a pixel: red, green, blue and one of no meaning
    private const int Each = 4;

    // pixels that become numbers together
    private const int Step = 4;

    // of no byte of the vector: zero
    private const byte No = 0xff;

    /// <summary>Room for two rows as numbers.</summary>
    public static float[] Numbers(int width) => GC.AllocateUninitializedArray<float>(2 * (width + Step) * Each);

    /// <summary>Filters a row and the one below it, or the last one twice. Pixels become numbers right before the first output that reads them, so that they are still in the nearest cache.</summary>
    public static unsafe void Filter(RgbImage image, int row, ResampleAxis axis, float[] numbers, Span<float> upper, Span<float> lower)
    {
        var taps = axis.Taps;
        fixed (byte* first = image.Pixels)
        fixed (float* weights = axis.Weights, wide = numbers, toUpper = upper, toLower = lower)
        {
            byte* above = first + (long)row * image.Width * 3, below = row + 1 < image.Height ? above + image.Width * 3 : above, last = first + image.Pixels.Length - 4;
            float* weight = weights, one = toUpper, other = toLower, wideBelow = wide + (image.Width + Step) * Each;
            var ready = axis.Start[0];
            foreach (var at in axis.Start)
            {
                for (; ready < at + taps; ready += Step)
                {
                    Widen(above + ready * 3, last, Math.Min(Step, image.Width - ready), wide + ready * Each);
                    Widen(below + ready * 3, last, Math.Min(Step, image.Width - ready), wideBelow + ready * Each);
                }

                float* pixel = wide + at * Each, pixelBelow = wideBelow + at * Each;
                Vector128<float> sum = Vector128<float>.Zero, sumBelow = sum;
                var k = 0;
                for (; k <= taps - 4; k += 4, pixel += 4 * Each, pixelBelow += 4 * Each, weight += 4)
                {
                    var four = Vector128.Load(weight).AsInt32();
                    Add(Vector128.Shuffle(four, Vector128.Create(0)).AsSingle(), pixel, pixelBelow, ref sum, ref sumBelow);
                    Add(Vector128.Shuffle(four, Vector128.Create(1)).AsSingle(), pixel + Each, pixelBelow + Each, ref sum, ref sumBelow);
                    Add(Vector128.Shuffle(four, Vector128.Create(2)).AsSingle(), pixel + 2 * Each, pixelBelow + 2 * Each, ref sum, ref sumBelow);
                    Add(Vector128.Shuffle(four, Vector128.Create(3)).AsSingle(), pixel + 3 * Each, pixelBelow + 3 * Each, ref sum, ref sumBelow);
                }

                for (; k < taps; k++, pixel += Each, pixelBelow += Each, weight++)
                    Add(Vector128.Create(*weight), pixel, pixelBelow, ref sum, ref sumBelow);
                sum.Store(one);
                sumBelow.Store(other);
                one += Each;
                other += Each;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Add(Vector128<float> weight, float* pixel, float* pixelBelow, ref Vector128<float> sum, ref Vector128<float> sumBelow)
    {
        sum += Vector128.Load(pixel) * weight;
        sumBelow += Vector128.Load(pixelBelow) * weight;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Widen(byte* from, byte* last, int count, float* to)
    {
        if (count == Step && from + 12 <= last)
        {
            var packed = Vector128.Load(from);
            Number(from, packed, Vector128.Create(0, No, No, No, 1, No, No, No, 2, No, No, No, No, No, No, No)).Store(to);
            Number(from + 3, packed, Vector128.Create(3, No, No, No, 4, No, No, No, 5, No, No, No, No, No, No, No)).Store(to + Each);
            Number(from + 6, packed, Vector128.Create(6, No, No, No, 7, No, No, No, 8, No, No, No, No, No, No, No)).Store(to + 2 * Each);
            Number(from + 9, packed, Vector128.Create(9, No, No, No, 10, No, No, No, 11, No, No, No, No, No, No, No)).Store(to + 3 * Each);
            return;
        }

        for (var i = 0; i < count; i++)
            Resampler.Pixel(from + i * 3, last).Store(to + i * Each);
    }

    // one instruction loads and widens on x86, one picks the bytes elsewhere
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector128<float> Number(byte* from, Vector128<byte> packed, Vector128<byte> places) =>
        Vector128.ConvertToSingle(Sse41.IsSupported ? Sse41.ConvertToVector128Int32(from) : Vector128.Shuffle(packed, places).AsInt32());
}
