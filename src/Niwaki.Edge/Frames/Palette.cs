using System.Globalization;
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

    /// <summary>The picture with its labels in colour over it: <c>(image * (256 - weight) + colour * weight) / 256</c>, rounded.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="labels">Of its size.</param>
    /// <param name="opacity">0, the picture alone, to 1, the colours alone; in steps of 1/256.</param>
    public RgbImage Over(RgbImage image, LabelMap labels, double opacity)
    {
        var over = GC.AllocateUninitializedArray<byte>(image.Pixels.Length);
        var weight = (ushort)Math.Clamp(Math.Round(opacity * 256), 0, 256);
        Mix(image.Pixels, labels.Labels, over, Weighted(weight), (ushort)(256 - weight));
        return new RgbImage(image.Width, image.Height, over);
    }

    // for each label its colour times the weight and a half for rounding, as four numbers of 16 bits
    private ulong[] Weighted(ushort weight)
    {
        var table = new ulong[256];
        for (var label = 0; label < table.Length; label++)
        {
            for (var c = 0; c < 3; c++)
                table[label] |= (ulong)(((colors[label] >> (8 * c)) & 0xff) * weight + 128u) << (16 * c);
        }

        return table;
    }

    private static unsafe void Mix(byte[] image, byte[] labels, byte[] over, ulong[] table, ushort rest)
    {
        if (labels.Length * 3 != image.Length)
            throw new ArgumentException($"{labels.Length} labels do not belong to {image.Length / 3} pixels.", nameof(labels));
        // R G B of two pixels, each behind a zero where 16 bits begin; 16 is beyond the vector and gives zero
        var low = Vector128.Create((byte)0, 16, 1, 16, 2, 16, 16, 16, 3, 16, 4, 16, 5, 16, 16, 16);
        var high = Vector128.Create((byte)6, 16, 7, 16, 8, 16, 16, 16, 9, 16, 10, 16, 11, 16, 16, 16);
        var together = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16);
        fixed (byte* from = image, label = labels, to = over)
        fixed (ulong* colour = table)
        {
            var i = 0;
            // four pixels at a time; sixteen bytes are read and written, of which the last four come again
            for (; i <= labels.Length - 6; i += 4)
            {
                var four = Vector128.Load(from + i * 3);
                var one = (Vector128.Shuffle(four, low).AsUInt16() * rest + Vector128.Create(colour[label[i]], colour[label[i + 1]]).AsUInt16()) >> 8;
                var two = (Vector128.Shuffle(four, high).AsUInt16() * rest + Vector128.Create(colour[label[i + 2]], colour[label[i + 3]]).AsUInt16()) >> 8;
                Vector128.Shuffle(Vector128.Narrow(one, two), together).Store(to + i * 3);
            }

            for (; i < labels.Length; i++)
            {
                for (var c = 0; c < 3; c++)
                    to[i * 3 + c] = (byte)((from[i * 3 + c] * rest + (ushort)(colour[label[i]] >> (16 * c))) >> 8);
            }
        }
    }
}
