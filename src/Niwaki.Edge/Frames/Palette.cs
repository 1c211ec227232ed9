using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Niwaki.Edge;

/// <summary>The colours of the classes, laid over pictures.</summary>
internal sealed class Palette
{
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
    public RgbImage Over(RgbImage image, LabelMap labels, double opacity)
    {
        var over = GC.AllocateUninitializedArray<byte>(image.Pixels.Length);
        var weight = (ushort)Math.Clamp(Math.Round(opacity * 256), 0, 256);
        // row by row, so that the colours are still in the cache when they are mixed
        for (var y = 0; y < image.Height; y++)
        {
            var row = over.AsSpan(y * image.Width * 3, image.Width * 3);
            Colour(labels.Labels.AsSpan(y * image.Width, image.Width), row);
            Blend(image.Pixels.AsSpan(y * image.Width * 3, image.Width * 3), row, weight);
        }

        return new RgbImage(image.Width, image.Height, over);
    }

    internal void Colour(ReadOnlySpan<byte> labels, Span<byte> target)
    {
        if (labels.Length == 0)
            return;
        ref var to = ref MemoryMarshal.GetReference(target[..(labels.Length * 3)]);
        for (var i = 0; i < labels.Length - 1; i++)
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, i * 3), colors[labels[i]]); // the fourth byte is overwritten by the next pixel
        var last = colors[labels[^1]];
        (target[labels.Length * 3 - 3], target[labels.Length * 3 - 2], target[labels.Length * 3 - 1]) = ((byte)last, (byte)(last >> 8), (byte)(last >> 16));
    }

    /// <summary><c>over = (image * (256 - weight) + over * weight) / 256</c>, rounded.</summary>
    internal static void Blend(ReadOnlySpan<byte> image, Span<byte> over, ushort weight)
    {
        var rest = (ushort)(256 - weight);
        var i = 0;
        for (; i <= over.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
        {
            var (lowImage, highImage) = Vector256.Widen(Vector256.Create(image[i..]));
            var (lowOver, highOver) = Vector256.Widen(Vector256.Create<byte>(over[i..]));
            Vector256.Narrow(Mixed(lowImage, lowOver), Mixed(highImage, highOver)).CopyTo(over[i..]);
        }

        for (; i < over.Length; i++)
            over[i] = (byte)((image[i] * rest + over[i] * weight + 128) >> 8);

        Vector256<ushort> Mixed(Vector256<ushort> picture, Vector256<ushort> colour) => (picture * rest + colour * weight + Vector256.Create((ushort)128)) >> 8;
    }
}
