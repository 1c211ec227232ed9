using System.Buffers.Binary;
using System.IO.Compression;

namespace Niwaki.Vision.Tests;

/// <summary>Writes PNG files of every colour type and depth from their stored numbers.</summary>
internal static class TestPng
{
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="depth">Bits of a number.</param>
    /// <param name="color">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.</param>
    /// <param name="numbers">Every number of every pixel, row by row.</param>
    /// <param name="filter">The filter of row y.</param>
    /// <param name="interlaced">Sets the flag only.</param>
    public static byte[] Write(int width, int height, int depth, int color, IReadOnlyList<int> numbers, Func<int, int>? filter = null, bool interlaced = false)
    {
        var channels = color switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var rowBytes = (width * channels * depth + 7) / 8;
        var step = Math.Max(1, channels * depth / 8);
        using var raw = new MemoryStream();
        var above = new byte[rowBytes];
        for (var y = 0; y < height; y++)
        {
            var row = new byte[rowBytes];
            for (var i = 0; i < width * channels; i++)
            {
                var number = numbers[y * width * channels + i];
                if (depth == 16)
                    BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(2 * i), (ushort)number);
                else
                    row[i * depth / 8] |= (byte)(number << (8 - depth - i * depth % 8));
            }

            var kind = filter?.Invoke(y) ?? 0;
            raw.WriteByte((byte)kind);
            for (var i = 0; i < rowBytes; i++)
            {
                int left = i < step ? 0 : row[i - step], up = above[i], corner = i < step ? 0 : above[i - step];
                raw.WriteByte((byte)(row[i] - kind switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) }));
            }

            above = row;
        }

        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)color, (byte)(interlaced ? 1 : 0));
        Chunk(file, "IHDR"u8, header);
        if (color == 3)
            Chunk(file, "PLTE"u8, [.. Enumerable.Range(0, 1 << depth).SelectMany(i => new[] { (byte)(250 - i), (byte)(i * 7), (byte)(i * 13) })]);
        var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zip.Write(raw.ToArray());
        var data = packed.ToArray();
        Chunk(file, "IDAT"u8, data.AsSpan(0, data.Length / 2));
        Chunk(file, "IDAT"u8, data.AsSpan(data.Length / 2));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    public static byte[] Grey(int width, int height, byte value) => Write(width, height, 8, 0, [.. Enumerable.Repeat((int)value, width * height)]);

    /// <summary>A valid header that claims a size, and no pixels.</summary>
    public static byte[] Claiming(int width, int height)
    {
        var bytes = Grey(1, 1, 0);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc(bytes.AsSpan(12, 17)));
        return bytes;
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> body)
    {
        byte[] whole = [.. kind, .. body];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, body.Length);
        file.Write(number);
        file.Write(whole);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(whole));
        file.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }

    private static int Paeth(int left, int up, int corner)
    {
        var (a, b, c) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - 2 * corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
