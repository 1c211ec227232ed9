using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Niwaki;

/// <summary>Stored numbers as float32: exactly what a cast to float32 gives in the library that wrote them.</summary>
internal static class Elements
{
    public static int Size(ElementType type) => type switch
    {
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 => 8,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 or ElementType.UInt16 => 2,
        _ => 1,
    };

    /// <summary>Little-endian bytes to numbers.</summary>
    public static void Decode(ReadOnlySpan<byte> bytes, ElementType type, Span<float> values)
    {
        switch (type)
        {
            case ElementType.Float32:
                bytes.CopyTo(MemoryMarshal.AsBytes(values));
                break;
            case ElementType.Float16:
                Each<Half>(bytes, values, value => (float)value);
                break;
            case ElementType.BFloat16:
                var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                var words = MemoryMarshal.Cast<float, uint>(values);
                for (var i = 0; i < halves.Length; i++)
                    words[i] = (uint)halves[i] << 16;
                break;
            case ElementType.Float64:
                Each<double>(bytes, values, value => (float)value);
                break;
            case ElementType.Int64:
                Each<long>(bytes, values, value => value);
                break;
            case ElementType.UInt64:
                Each<ulong>(bytes, values, value => value);
                break;
            case ElementType.Int32:
                Each<int>(bytes, values, value => value);
                break;
            case ElementType.UInt32:
                Each<uint>(bytes, values, value => value);
                break;
            case ElementType.Int16:
                Each<short>(bytes, values, value => value);
                break;
            case ElementType.UInt16:
                Each<ushort>(bytes, values, value => value);
                break;
            case ElementType.Int8:
                Each<sbyte>(bytes, values, value => value);
                break;
            default:
                Each<byte>(bytes, values, value => value);
                break;
        }
    }

    /// <summary>Big-endian elements to little-endian ones, in place.</summary>
    public static void Swap(Span<byte> bytes, ElementType type)
    {
        switch (Size(type))
        {
            case 8:
                var longs = MemoryMarshal.Cast<byte, long>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            case 4:
                var words = MemoryMarshal.Cast<byte, int>(bytes);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case 2:
                var halves = MemoryMarshal.Cast<byte, short>(bytes);
                BinaryPrimitives.ReverseEndianness(halves, halves);
                break;
            default:
                break;
        }
    }

    private static void Each<TElement>(ReadOnlySpan<byte> bytes, Span<float> values, Func<TElement, float> convert)
        where TElement : struct
    {
        var source = MemoryMarshal.Cast<byte, TElement>(bytes);
        for (var i = 0; i < source.Length; i++)
            values[i] = convert(source[i]);
    }
}
