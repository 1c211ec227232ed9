namespace Niwaki.Edge;

/// <summary>Binary PPM pictures, one behind the other, as ffmpeg's <c>image2pipe</c> writes them.</summary>
internal sealed class PpmFrames(Stream stream)
{
    private const long MostPixels = 100_000_000;
    private const int MostDigits = 9;
    private readonly byte[] buffer = new byte[1 << 16];
    private int start;
    private int end;

    /// <summary>The next picture; <see langword="null"/> at the end, also in the middle of a picture.</summary>
    /// <exception cref="InvalidDataException">No PPM.</exception>
    public async ValueTask<RgbImage?> NextAsync(CancellationToken cancel)
    {
        if (await ByteAsync(cancel) is not { } first)
            return null;
        if (first != 'P' || await ByteAsync(cancel) != '6')
            throw new InvalidDataException("what came is no PPM picture");
        if (await NumberAsync(cancel) is not { } width || await NumberAsync(cancel) is not { } height || await NumberAsync(cancel) is not { } largest)
            return null;
        if (width < 1 || height < 1 || (long)width * height > MostPixels || largest != 255)
            throw new InvalidDataException($"a picture of {width}x{height} with values to {largest} came; 8 bits and at most {MostPixels / 1_000_000} million pixels are taken");
        var pixels = GC.AllocateUninitializedArray<byte>(width * height * 3);
        var buffered = Math.Min(end - start, pixels.Length);
        buffer.AsSpan(start, buffered).CopyTo(pixels);
        start += buffered;
        var rest = pixels.Length - buffered;
        return await stream.ReadAtLeastAsync(pixels.AsMemory(buffered), rest, throwOnEndOfStream: false, cancel) == rest ? new RgbImage(width, height, pixels) : null;
    }

    // white space, digits, and one white space that ends them
    private async ValueTask<int?> NumberAsync(CancellationToken cancel)
    {
        var (value, digits) = (0, 0);
        while (true)
        {
            if (await ByteAsync(cancel) is not { } letter)
                return null;
            if (letter is >= (byte)'0' and <= (byte)'9' && digits < MostDigits)
                (value, digits) = (value * 10 + letter - '0', digits + 1);
            else if (letter is not ((byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r'))
                throw new InvalidDataException("the header of a PPM picture is damaged");
            else if (digits > 0)
                return value;
        }
    }

    private async ValueTask<byte?> ByteAsync(CancellationToken cancel)
    {
        if (start == end)
            (start, end) = (0, await stream.ReadAsync(buffer, cancel));
        return start < end ? buffer[start++] : null;
    }
}
