using System.Globalization;
using System.Text;

namespace Niwaki.Edge;

/// <summary>Takes the parts of a multipart stream (RFC 2046, section 5.1) apart, with or without their lengths, in bounded memory.</summary>
/// <param name="stream">The body.</param>
/// <param name="boundary">From the content type, perhaps in quotes or with its dashes, as cameras send it.</param>
internal sealed class MultipartPictures(Stream stream, string? boundary)
{
    private const int MostBytes = 32 << 20;
    private const int MostHeader = 16 << 10;

    private readonly byte[] delimiter = Encoding.Latin1.GetBytes("--" + (boundary ?? string.Empty).Trim('"').TrimStart('-'));
    private byte[] buffer = new byte[1 << 16];
    private int start;
    private int end;

    /// <summary>The next part's body; <see langword="null"/> at the end.</summary>
    /// <exception cref="InvalidDataException">No multipart stream, or a part larger than any picture.</exception>
    public async ValueTask<byte[]?> NextAsync(CancellationToken cancel)
    {
        if (delimiter.Length == 2)
            throw new InvalidDataException("names no boundary between its pictures.");
        if (await FindAsync(delimiter, MostBytes, cancel) is not { } at)
            return null;
        start = at + delimiter.Length;
        if (await FindAsync("\r\n\r\n"u8.ToArray(), MostHeader, cancel) is not { } header)
            return null;
        var length = Length(Encoding.Latin1.GetString(buffer, start, header - start));
        start = header + 4;
        if (length is { } known)
        {
            while (end - start < known)
            {
                if (!await FillAsync(cancel))
                    return null;
            }

            return Take(known);
        }

        // searched from here, as the body begins right behind the header
        if (await FindAsync(delimiter, MostBytes, cancel) is not { } next)
            return null;
        var body = next - start;
        return Take(body >= 2 && buffer[next - 1] == '\n' && buffer[next - 2] == '\r' ? body - 2 : body);
    }

    /// <summary>Everything as one picture, once.</summary>
    /// <exception cref="InvalidDataException">Larger than any picture.</exception>
    public async ValueTask<byte[]?> WholeAsync(CancellationToken cancel)
    {
        while (await FillAsync(cancel))
        {
        }

        return end > start ? Take(end - start) : null;
    }

    private static int? Length(string headers)
    {
        foreach (var line in headers.Split("\r\n"))
        {
            if (!line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                continue;
            return int.TryParse(line.AsSpan(15).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= MostBytes
                ? length
                : throw new InvalidDataException($"announces a picture of {line[15..].Trim()} bytes; at most {MostBytes} are taken.");
        }

        return null;
    }

    private byte[] Take(int length)
    {
        var taken = buffer.AsSpan(start, length).ToArray();
        start += length;
        return taken;
    }

    // the place in the buffer; what lies before it stays readable
    private async ValueTask<int?> FindAsync(byte[] pattern, int most, CancellationToken cancel)
    {
        var searched = 0;
        while (true)
        {
            var at = buffer.AsSpan(start + searched, end - start - searched).IndexOf(pattern);
            if (at >= 0)
                return start + searched + at;
            searched = Math.Max(0, end - start - pattern.Length + 1);
            if (end - start > most)
                throw new InvalidDataException($"sent {most} bytes without an end of a picture.");
            if (!await FillAsync(cancel))
                return null;
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancel)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length)
        {
            if (buffer.Length > MostBytes)
                throw new InvalidDataException($"sent a picture of more than {MostBytes} bytes.");
            Array.Resize(ref buffer, buffer.Length * 2);
        }

        var count = await stream.ReadAsync(buffer.AsMemory(end), cancel);
        end += count;
        return count > 0;
    }
}
