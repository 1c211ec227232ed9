using System.Buffers.Binary;
using System.Text;

namespace Niwaki.Torch;

/// <summary>
/// Records of a TensorBoard event file: TFRecord frames (length, its masked CRC, bytes, their masked CRC) around protobuf
/// <c>Event</c> messages. They hold no clock, so that the same training gives the same bytes: the wall time is the step.
/// </summary>
internal static class EventRecords
{
    /// <summary>The first record of a file.</summary>
    public static byte[] Header()
    {
        var message = new MemoryStream();
        Fixed64(message, 1, BitConverter.DoubleToInt64Bits(0));                         // wall_time
        Bytes(message, 3, "brain.Event:2"u8);                                           // file_version
        return Frame(message.ToArray());
    }

    /// <summary>One scalar.</summary>
    public static byte[] Scalar(CurvePoint point)
    {
        var value = new MemoryStream();
        Bytes(value, 1, Encoding.UTF8.GetBytes(point.Series));                          // tag
        Tag(value, 2, 5);                                                               // simple_value
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(number, (float)point.Value);
        value.Write(number);

        var summary = new MemoryStream();
        Bytes(summary, 1, value.ToArray());                                             // value

        var message = new MemoryStream();
        Fixed64(message, 1, BitConverter.DoubleToInt64Bits(point.Step));                // wall_time
        Tag(message, 2, 0);                                                             // step
        Varint(message, (ulong)point.Step);
        Bytes(message, 5, summary.ToArray());                                           // summary
        return Frame(message.ToArray());
    }

    /// <summary>One frame around any bytes.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> data)
    {
        var frame = new byte[8 + 4 + data.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(frame, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), Crc32C.Masked(frame.AsSpan(0, 8)));
        data.CopyTo(frame.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12 + data.Length), Crc32C.Masked(data));
        return frame;
    }

    private static void Tag(MemoryStream to, int field, int wire) => Varint(to, (ulong)((field << 3) | wire));

    private static void Varint(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }

    private static void Fixed64(MemoryStream to, int field, long bits)
    {
        Tag(to, field, 1);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bits);
        to.Write(bytes);
    }

    private static void Bytes(MemoryStream to, int field, ReadOnlySpan<byte> bytes)
    {
        Tag(to, field, 2);
        Varint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }
}
