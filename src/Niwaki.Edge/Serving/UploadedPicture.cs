using Microsoft.AspNetCore.Http;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>What a stranger sends as a picture.</summary>
internal static class UploadedPicture
{
    private const string Name = "the picture";

    /// <summary>Refuses what is no picture, or a larger one than allowed, by its first bytes, before anything is decoded.</summary>
    /// <exception cref="Refusal">The message says why.</exception>
    public static void CheckHeader(ReadOnlySpan<byte> bytes, ServeOptions options)
    {
        if (!IsPicture(bytes))
            throw new Refusal(StatusCodes.Status415UnsupportedMediaType, "The body is no JPEG, PNG or WebP picture (told by its first bytes).");
        try
        {
            var (width, height) = ImageCodec.SizeOf(bytes, Name);
            if ((long)width * height > options.MaxPixels)
                throw new Refusal(StatusCodes.Status413PayloadTooLarge, $"The picture has {width}x{height} pixels, but at most {options.MaxPixels} are taken. Send a smaller one, or start the server with a larger --max-pixels.");
        }
        catch (StageException problem)
        {
            throw new Refusal(StatusCodes.Status422UnprocessableEntity, problem.Message);
        }
    }

    /// <summary>Decodes, as much as is enough for a network where one is given.</summary>
    /// <exception cref="Refusal">Cut or damaged.</exception>
    public static DecodedPicture Decode(ReadOnlySpan<byte> bytes, Preprocess? network)
    {
        try
        {
            return ImageCodec.DecodeFor(bytes, Name, network);
        }
        catch (StageException problem)
        {
            throw new Refusal(StatusCodes.Status422UnprocessableEntity, problem.Message);
        }
    }

    /// <summary>Whether a declared type may be a picture.</summary>
    public static bool MayBe(string? contentType) =>
        contentType is null || contentType.Split(';')[0].Trim().ToLowerInvariant() is "image/jpeg" or "image/jpg" or "image/png" or "image/webp" or "image/*" or "application/octet-stream";

    private static bool IsPicture(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff]) ||
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]) ||
        (bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8));
}
