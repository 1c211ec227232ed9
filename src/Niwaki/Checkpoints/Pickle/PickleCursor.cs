using System.Buffers.Binary;
using System.Text;

namespace Niwaki;

/// <summary>The bytes of a pickle. Every length is checked against what is left before anything is allocated for it.</summary>
/// <param name="stream">At the pickle's first byte; afterwards behind its last one.</param>
/// <param name="damaged">Makes the error of a damaged file.</param>
internal sealed class PickleCursor(Stream stream, Func<string, StageException> damaged)
{
    private const int MaxLine = 1 << 16;
    private readonly byte[] small = new byte[8];

    public byte Byte() => stream.ReadByte() is var value and >= 0 ? (byte)value : throw damaged("ends in the middle of its pickle");

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Small(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Small(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Small(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Small(8));

    public double BigEndianDouble() => BinaryPrimitives.ReadDoubleBigEndian(Small(8));

    public byte[] Bytes(ulong count)
    {
        if (count > (ulong)Math.Max(0, stream.Length - stream.Position))
            throw damaged($"has a pickle that announces {count} bytes where {stream.Length - stream.Position} are left");
        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public string Utf8(ulong count)
    {
        try
        {
            // Python may write lone surrogates, which are no valid UTF-8; no tensor is called so
            return Encoding.UTF8.GetString(Bytes(count));
        }
        catch (ArgumentException)
        {
            throw damaged("has a text in its pickle that is no UTF-8");
        }
    }

    public string Latin1(ulong count) => Encoding.Latin1.GetString(Bytes(count));

    public string Line()
    {
        var line = new StringBuilder();
        for (byte letter; (letter = Byte()) != '\n';)
        {
            line.Append((char)letter);
            if (line.Length > MaxLine)
                throw damaged($"has a line of more than {MaxLine} characters in its pickle");
        }

        return line.ToString();
    }

    private ReadOnlySpan<byte> Small(int count)
    {
        for (var i = 0; i < count; i++)
            small[i] = Byte();
        return small.AsSpan(0, count);
    }
}
