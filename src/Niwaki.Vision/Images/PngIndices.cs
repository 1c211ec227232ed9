using System.Buffers.Binary;
using System.IO.Compression;

namespace Niwaki.Vision;

/// <summary>
/// Reads the numbers that a PNG stores (ISO/IEC 15948): palette indices, grey values of 1 to 16 bits, or the first channel of
/// colour. Picture libraries give colours instead: they apply the palette, widen 1 to 4 bits to 0..255 and narrow 16.
/// </summary>
internal static class PngIndices
{
    /// <summary>Signature and IHDR chunk.</summary>
    public const int HeaderBytes = 33;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private readonly record struct Header(int Width, int Height, int Depth, int Color, bool Interlaced)
    {
        public int Channels => Color switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

        public int RowBytes => (int)(((long)Width * Channels * Depth + 7) / 8);

        public int PixelBytes => Math.Max(1, Channels * Depth / 8);
    }

    public static (int Width, int Height) SizeOf(ReadOnlySpan<byte> bytes, string name)
    {
        var header = ReadHeader(bytes, name);
        return (header.Width, header.Height);
    }

    public static LabelMap Read(ReadOnlySpan<byte> bytes, string name)
    {
        var header = ReadHeader(bytes, name);
        if (header.Interlaced)
            throw new StageException($"{name}: the mask is an interlaced PNG, which is not read. Save it without interlacing.");
        using var packed = new MemoryStream(Data(bytes, name), writable: false);
        using var stream = new ZLibStream(packed, CompressionMode.Decompress);
        var labels = new byte[header.Width * header.Height];
        var row = new byte[header.RowBytes];
        var above = new byte[header.RowBytes];
        var filter = new byte[1];
        try
        {
            for (var y = 0; y < header.Height; y++)
            {
                stream.ReadExactly(filter);
                stream.ReadExactly(row);
                Unfilter(filter[0], row, above, header.PixelBytes, name);
                Unpack(row, labels.AsSpan(y * header.Width, header.Width), header, y, name);
                (row, above) = (above, row);
            }
        }
        catch (EndOfStreamException problem)
        {
            throw new StageException($"{name}: the mask is cut off ({header.Width}x{header.Height} PNG). Copy the file again, or leave it out.", problem);
        }
        catch (InvalidDataException problem)
        {
            throw Damaged(name, problem);
        }

        return new LabelMap(header.Width, header.Height, labels);
    }

    private static Header ReadHeader(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.Length < 8 || !bytes[..8].SequenceEqual(Signature))
            throw new StageException($"{name}: a mask has to be a PNG whose pixel value is the class, and this is not one. Convert it without loss (JPEG cannot hold class indices).");
        if (bytes.Length < HeaderBytes || !bytes.Slice(12, 4).SequenceEqual("IHDR"u8))
            throw Damaged(name);
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]));
        ImageCodec.CheckSize(width, height, name);
        var header = new Header((int)width, (int)height, bytes[24], bytes[25], bytes[28] != 0);
        var known = header.Color switch
        {
            0 => header.Depth is 1 or 2 or 4 or 8 or 16,
            3 => header.Depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => header.Depth is 8 or 16,
            _ => false,
        };
        return known && bytes[26] == 0 && bytes[27] == 0 && bytes[28] <= 1 ? header : throw Damaged(name);
    }

    private static byte[] Data(ReadOnlySpan<byte> bytes, string name)
    {
        using var data = new MemoryStream(bytes.Length);
        var at = 8;
        while (at + 8 <= bytes.Length)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            var kind = bytes.Slice(at + 4, 4);
            if (length > int.MaxValue)
                throw Damaged(name);
            var body = bytes.Slice(at + 8, (int)Math.Min(length, bytes.Length - at - 8));
            if (kind.SequenceEqual("IDAT"u8))
                data.Write(body);
            else if (kind.SequenceEqual("IEND"u8))
                break;
            at = (int)Math.Min(bytes.Length, at + 12L + length);
        }

        return data.ToArray();
    }

    private static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int step, string name)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = step; i < row.Length; i++)
                    row[i] += row[i - step];
                break;
            case 2:
                for (var i = 0; i < row.Length; i++)
                    row[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < row.Length; i++)
                    row[i] += (byte)(((i < step ? 0 : row[i - step]) + above[i]) / 2);
                break;
            case 4:
                for (var i = 0; i < row.Length; i++)
                    row[i] += i < step ? above[i] : Paeth(row[i - step], above[i], above[i - step]);
                break;
            default:
                throw Damaged(name);
        }
    }

    private static byte Paeth(int left, int above, int corner)
    {
        var (toLeft, toAbove, toCorner) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - 2 * corner));
        return (byte)(toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner);
    }

    private static void Unpack(ReadOnlySpan<byte> row, Span<byte> labels, Header header, int y, string name)
    {
        if (header.Depth == 16)
        {
            for (int x = 0, at = 0; x < labels.Length; x++, at += header.PixelBytes)
            {
                if (row[at] != 0)
                    throw new StageException($"{name}: pixel ({x}, {y}) holds {row[at] << 8 | row[at + 1]}, but a class is a number from 0 to 254 (255 = ignored). Save the mask as 8-bit PNG with class indices.");
                labels[x] = row[at + 1];
            }
        }
        else if (header.Depth == 8)
        {
            if (header.Channels == 1)
            {
                row.CopyTo(labels);
                return;
            }

            for (int x = 0, at = 0; x < labels.Length; x++, at += header.Channels)
                labels[x] = row[at];
        }
        else
        {
            var mask = (1 << header.Depth) - 1;
            for (int x = 0, bit = 0; x < labels.Length; x++, bit += header.Depth)
                labels[x] = (byte)(row[bit >> 3] >> (8 - header.Depth - (bit & 7)) & mask);
        }
    }

    private static StageException Damaged(string name, Exception? cause = null)
    {
        var message = $"{name}: the mask is a damaged PNG. Copy the file again, or leave it out.";
        return cause is null ? new StageException(message) : new StageException(message, cause);
    }
}
