using System.Buffers;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Niwaki.Edge;

/// <summary>The colours of the classes, laid over pictures.</summary>
internal sealed class Palette
{
    // bytes of 16 pixels
    private const int Block = 48;

    // R, G, B in the three low bytes, for every label that a byte can hold
    private readonly uint[] colors = new uint[256];

    public Palette(IReadOnlyList<ClassInfo> classes)
    {
        for (var i = 0; i < classes.Count; i++)
        {
            var rgb = uint.Parse(classes[i].Color.AsSpan(1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            colors[i] = (rgb >> 16) | (rgb & 0xff00) | ((rgb & 0xff) << 16);
        }
    }

    /// <summary>The picture with its labels in colour over it.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="labels">Of its size.</param>
    /// <param name="opacity">0, the picture alone, to 1, the colours alone.</param>
    public RgbImage Over(RgbImage image, LabelMap labels, double opacity) => Over(image, labels, opacity, GC.AllocateUninitializedArray<byte>(image.Pixels.Length));

    /// <summary>The same, in the memory of the picture, which is gone afterwards: large arrays are fresh pages each time.</summary>
    public RgbImage OverInPlace(RgbImage image, LabelMap labels, double opacity) => Over(image, labels, opacity, image.Pixels);

    private RgbImage Over(RgbImage image, LabelMap labels, double opacity, byte[] over)
    {
        var weight = (ushort)Math.Clamp(Math.Round(opacity * 256), 0, 256);
        var length = image.Width * 3;
        var colour = ArrayPool<byte>.Shared.Rent(length + Block);
        try
        {
            // row by row, so that the colours are still in the cache when they are mixed
            for (var y = 0; y < image.Height; y++)
            {
                Colour(labels.Labels.AsSpan(y * image.Width, image.Width), colour);
                Blend(image.Pixels.AsSpan(y * length, length), colour.AsSpan(0, length), weight, over.AsSpan(y * length, length));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(colour);
        }

        return new RgbImage(image.Width, image.Height, over);
    }

    // neighbours mostly have the same colour: it is written in blocks that reach beyond the last of them, where the next ones follow
    private unsafe void Colour(ReadOnlySpan<byte> labels, Span<byte> target)
    {
        fixed (byte* first = target)
        {
            for (var at = 0; at < labels.Length;)
            {
                var run = labels[at..].IndexOfAnyExcept(labels[at]);
                var end = run < 0 ? labels.Length : at + run;
                var (low, middle, high) = Pattern(colors[labels[at]]);
                for (var to = first + at * 3; to < first + end * 3; to += Block)
                {
                    low.Store(to);
                    middle.Store(to + 16);
                    high.Store(to + 32);
                }

                at = end;
            }
        }
    }

    // 16 pixels of a colour
    private static (Vector128<byte> Low, Vector128<byte> Middle, Vector128<byte> High) Pattern(uint color)
    {
        var one = Vector128.CreateScalar(color).AsByte();
        return (Vector128.Shuffle(one, Vector128.Create((byte)0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0)),
            Vector128.Shuffle(one, Vector128.Create((byte)1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1)),
            Vector128.Shuffle(one, Vector128.Create((byte)2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2)));
    }

    // (image * (256 - weight) + colour * weight) / 256, rounded; the target may be the image
    private static void Blend(ReadOnlySpan<byte> image, ReadOnlySpan<byte> colour, ushort weight, Span<byte> target)
    {
        var rest = (ushort)(256 - weight);
        var i = 0;
        // half of each is the mean of two bytes, rounded up, which processors have an instruction for
        for (; weight == 128 && i <= target.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            Mean(Vector128.Create(image[i..]), Vector128.Create(colour[i..])).CopyTo(target[i..]);
        for (; i <= target.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            var (lowImage, highImage) = Vector128.Widen(Vector128.Create(image[i..]));
            var (lowColour, highColour) = Vector128.Widen(Vector128.Create(colour[i..]));
            Vector128.Narrow(Mixed(lowImage, lowColour), Mixed(highImage, highColour)).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
            target[i] = (byte)((image[i] * rest + colour[i] * weight + 128) >> 8);

        Vector128<ushort> Mixed(Vector128<ushort> picture, Vector128<ushort> over) => (picture * rest + over * weight + Vector128.Create((ushort)128)) >> 8;
    }

    private static Vector128<byte> Mean(Vector128<byte> left, Vector128<byte> right) =>
        Sse2.IsSupported ? Sse2.Average(left, right) : AdvSimd.IsSupported ? AdvSimd.FusedAddRoundedHalving(left, right) : (left | right) - (((left ^ right) >> 1) & Vector128.Create((byte)0x7f));
}
