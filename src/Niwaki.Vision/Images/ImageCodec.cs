using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SkiaSharp;

namespace Niwaki.Vision;

/// <summary>
/// Pictures and masks, decoded by their content whatever their file name says. Pictures: JPEG (also grey and CMYK), PNG (also
/// grey, palette, alpha, 16 bits), WebP, BMP and GIF; upright by their EXIF orientation; alpha is dropped and colour profiles are
/// not applied, as the usual training tools do. Masks: PNG, whose stored numbers are the class indices.
/// </summary>
public static class ImageCodec
{
    /// <summary>Larger pictures are refused before any pixel is decoded: nothing that is labelled is this large, and a few bytes can claim it.</summary>
    public const long MaxPixels = 100_000_000;

    private const long MaxFileBytes = 1L << 30;
    private const int BufferBytes = 256 << 10;

    // a fraction of a picture has at least as many pixels as the network takes, times this
    private const double Spare = 2;

    /// <summary>Decodes a picture.</summary>
    /// <exception cref="StageException">Missing, not a picture, cut or damaged, or too large.</exception>
    public static RgbImage Decode(string path) => Decode(ReadFile(path), path);

    /// <summary>Decodes a picture in memory.</summary>
    /// <param name="bytes">A whole file.</param>
    /// <param name="name">Names the picture in an error.</param>
    /// <exception cref="StageException">Not a picture, cut or damaged, or too large.</exception>
    public static unsafe RgbImage Decode(ReadOnlySpan<byte> bytes, string name)
    {
        fixed (byte* pointer = bytes)
        {
            using var data = SKData.Create((IntPtr)pointer, bytes.Length);
            using var codec = SKCodec.Create(data) ?? throw NotAPicture(name);
            CheckSize(codec.Info.Width, codec.Info.Height, name);
            return Decode(codec, codec.Info.Size, name);
        }
    }

    /// <summary>Decodes a JPEG picture at a half or a quarter of its size where that is enough for a network, which takes a fraction of the time; other pictures at their own.</summary>
    /// <param name="bytes">A whole file.</param>
    /// <param name="name">Names the picture in an error.</param>
    /// <param name="network">What the pixels are for; <see langword="null"/> for every pixel.</param>
    /// <exception cref="StageException">As <see cref="Decode(ReadOnlySpan{byte}, string)"/>.</exception>
    internal static unsafe DecodedPicture DecodeFor(ReadOnlySpan<byte> bytes, string name, Preprocess? network)
    {
        fixed (byte* pointer = bytes)
        {
            using var data = SKData.Create((IntPtr)pointer, bytes.Length);
            using var codec = SKCodec.Create(data) ?? throw NotAPicture(name);
            CheckSize(codec.Info.Width, codec.Info.Height, name);
            var (width, height) = Upright(codec, codec.Info.Size);
            return new DecodedPicture(Decode(codec, network is null ? codec.Info.Size : Enough(codec, network), name), width, height);
        }
    }

    /// <summary>Decodes a mask: the numbers stored in the PNG, without any palette or colour management; of a colour picture the first channel.</summary>
    /// <exception cref="StageException">Missing, not a PNG, cut or damaged, interlaced, too large, or a number above 255.</exception>
    public static LabelMap DecodeMask(string path) => DecodeMask(ReadFile(path), path);

    /// <summary>Decodes a mask in memory, as <see cref="DecodeMask(string)"/>.</summary>
    /// <param name="bytes">A whole PNG file.</param>
    /// <param name="name">Names the mask in an error.</param>
    /// <exception cref="StageException">As <see cref="DecodeMask(string)"/>.</exception>
    public static LabelMap DecodeMask(ReadOnlySpan<byte> bytes, string name) => PngIndices.Read(bytes, name);

    /// <summary>Width and height of an upright picture, from its header only.</summary>
    /// <exception cref="StageException">Missing, not a picture, or too large.</exception>
    public static (int Width, int Height) SizeOf(string path)
    {
        if (!File.Exists(path))
            throw new StageException($"{path}: does not exist.");
        using var codec = SKCodec.Create(path) ?? throw NotAPicture(path);
        CheckSize(codec.Info.Width, codec.Info.Height, path);
        return Upright(codec, codec.Info.Size);
    }

    /// <summary>Width and height of an upright picture in memory, from its header only.</summary>
    /// <exception cref="StageException">Not a picture, or too large.</exception>
    internal static unsafe (int Width, int Height) SizeOf(ReadOnlySpan<byte> bytes, string name)
    {
        fixed (byte* pointer = bytes)
        {
            using var data = SKData.Create((IntPtr)pointer, bytes.Length);
            using var codec = SKCodec.Create(data) ?? throw NotAPicture(name);
            CheckSize(codec.Info.Width, codec.Info.Height, name);
            return Upright(codec, codec.Info.Size);
        }
    }

    /// <summary>Width and height of a mask, from its header only.</summary>
    /// <exception cref="StageException">Missing, or not a PNG.</exception>
    public static (int Width, int Height) MaskSizeOf(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var header = new byte[PngIndices.HeaderBytes];
            return PngIndices.SizeOf(header.AsSpan(0, stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)), path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: cannot be read ({problem.Message}).", problem);
        }
    }

    /// <summary>Encodes a picture as 8-bit RGB PNG, without loss.</summary>
    public static byte[] EncodePng(RgbImage image) => Encode(image, SKEncodedImageFormat.Png, 100);

    /// <summary>Encodes a picture as JPEG.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(RgbImage image, int quality = 92) => Encode(image, SKEncodedImageFormat.Jpeg, quality);

    /// <summary>Encodes class indices as 8-bit grey PNG: grey value = class, exactly.</summary>
    public static unsafe byte[] EncodePng(LabelMap labels)
    {
        fixed (byte* pointer = labels.Labels)
        {
            using var pixels = new SKPixmap(new SKImageInfo(labels.Width, labels.Height, SKColorType.Gray8, SKAlphaType.Opaque), (IntPtr)pointer, labels.Width);
            using var data = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.NoFilters, 6));
            return data!.ToArray();
        }
    }

    private static unsafe byte[] Encode(RgbImage image, SKEncodedImageFormat format, int quality)
    {
        var rgba = GC.AllocateUninitializedArray<byte>(checked(image.Width * image.Height * 4));
        fixed (byte* from = image.Pixels, to = rgba)
            AddAlpha(from, to, image.Width * image.Height);

        fixed (byte* pointer = rgba)
        {
            using var pixels = new SKPixmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), (IntPtr)pointer, image.Width * 4);
            using var data = format == SKEncodedImageFormat.Png ? pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 6)) : pixels.Encode(format, quality);
            return data!.ToArray();
        }
    }

    private static (int Width, int Height) Upright(SKCodec codec, SKSizeI size) => SwapsAxes(codec.EncodedOrigin) ? (size.Height, size.Width) : (size.Width, size.Height);

    // the smallest that leaves the resizing of the contract something to average
    private static SKSizeI Enough(SKCodec codec, Preprocess network)
    {
        if (codec.EncodedFormat != SKEncodedImageFormat.Jpeg)
            return codec.Info.Size;
        var (fullWidth, fullHeight) = Upright(codec, codec.Info.Size);
        var placement = Placement.Of(network, fullWidth, fullHeight);
        foreach (var scale in (ReadOnlySpan<float>)[0.25f, 0.5f])
        {
            var size = codec.GetScaledDimensions(scale);
            var (width, height) = Upright(codec, size);
            if (width >= Spare * placement.Width && height >= Spare * placement.Height)
                return size;
        }

        return codec.Info.Size;
    }

    private static unsafe RgbImage Decode(SKCodec codec, SKSizeI size, string name)
    {
        var (width, height, origin) = (size.Width, size.Height, codec.EncodedOrigin);
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        var (outWidth, outHeight) = Upright(codec, size);
        // a few rows at a time where the format allows it: they stay in the cache, and a large picture is in memory once and not twice
        var byRows = codec.StartScanlineDecode(info) == SKCodecResult.Success && codec.ScanlineOrder == SKCodecScanlineOrder.TopDown;
        var rows = byRows ? Math.Clamp(BufferBytes / info.RowBytes, 1, height) : height;
        var rgba = (byte*)NativeMemory.Alloc((nuint)info.RowBytes64, (nuint)rows);
        try
        {
            byte[] pixels = [];
            for (var y = 0; y < height; y += rows)
            {
                var count = Math.Min(rows, height - y);
                var result = !byRows ? codec.GetPixels(info, (IntPtr)rgba) : codec.GetScanlines((IntPtr)rgba, count, info.RowBytes) == count ? SKCodecResult.Success : SKCodecResult.IncompleteInput;
                if (result != SKCodecResult.Success)
                {
                    throw new StageException(result == SKCodecResult.IncompleteInput
                        ? $"{name}: the picture is cut off ({codec.EncodedFormat}, {width}x{height}). Copy the file again, or leave it out."
                        : $"{name}: the picture is damaged ({codec.EncodedFormat}, {width}x{height}: {result}). Copy the file again, or leave it out.");
                }

                // what decodes at all gets memory
                if (y == 0)
                    pixels = GC.AllocateUninitializedArray<byte>(outWidth * outHeight * 3);
                fixed (byte* target = pixels)
                {
                    if (origin == SKEncodedOrigin.TopLeft)
                        DropAlpha(rgba, target + (long)y * width * 3, count * width);
                    else
                        DropAlphaTurned(rgba, target, width, height, y, count, origin);
                }
            }

            return new RgbImage(outWidth, outHeight, pixels);
        }
        finally
        {
            NativeMemory.Free(rgba);
        }
    }

    // four pixels of a load and a store, whose last four bytes the next ones overwrite
    private static unsafe void DropAlpha(byte* from, byte* to, int count)
    {
        var i = 0;
        for (; i < count - 5; i += 4, from += 16, to += 12)
            Vector128.Shuffle(Vector128.Load(from), Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255)).Store(to);
        for (; i < count; i++, from += 4, to += 3)
            (to[0], to[1], to[2]) = (from[0], from[1], from[2]);
    }

    private static unsafe void AddAlpha(byte* from, byte* to, int count)
    {
        var i = 0;
        for (; i < count - 5; i += 4, from += 12, to += 16)
            (Vector128.Shuffle(Vector128.Load(from), Vector128.Create((byte)0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255)) | Vector128.Create(0xff000000).AsByte()).Store(to);
        for (; i < count; i++, from += 3, to += 4)
            (to[0], to[1], to[2], to[3]) = (from[0], from[1], from[2], 255);
    }

    private static unsafe void DropAlphaTurned(byte* from, byte* to, int width, int height, int top, int rows, SKEncodedOrigin origin)
    {
        // where the first stored pixel goes, and the steps of the target for a step along a stored row and column
        var (w, h) = (width, height);
        var (first, across, down) = origin switch
        {
            SKEncodedOrigin.TopRight => (w - 1, -1, w),
            SKEncodedOrigin.BottomRight => (w * h - 1, -1, -w),
            SKEncodedOrigin.BottomLeft => ((h - 1) * w, 1, -w),
            SKEncodedOrigin.LeftTop => (0, h, 1),
            SKEncodedOrigin.RightTop => (h - 1, h, -1),
            SKEncodedOrigin.RightBottom => (w * h - 1, -h, -1),
            SKEncodedOrigin.LeftBottom => ((w - 1) * h, -h, 1),
            _ => (0, 1, w),
        };
        for (var y = top; y < top + rows; y++)
        {
            var target = first + y * down;
            for (var x = 0; x < w; x++, from += 4, target += across)
                (to[target * 3], to[target * 3 + 1], to[target * 3 + 2]) = (from[0], from[1], from[2]);
        }
    }

    private static bool SwapsAxes(SKEncodedOrigin origin) =>
        origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    internal static void CheckSize(long width, long height, string name)
    {
        if (width < 1 || height < 1)
            throw new StageException($"{name}: claims to be {width}x{height} pixels. The file is damaged; copy it again, or leave it out.");
        if (width * height > MaxPixels)
            throw new StageException($"{name}: {width}x{height} is more than {MaxPixels / 1_000_000} million pixels. Cut it into tiles first.");
    }

    internal static byte[] ReadFile(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length == 0)
                throw new StageException($"{path}: is empty (0 bytes). Copy the file again, or leave it out.");
            return length > MaxFileBytes
                ? throw new StageException($"{path}: has {new Bytes(length)}, which no picture of {MaxPixels / 1_000_000} million pixels needs.")
                : File.ReadAllBytes(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: cannot be read ({problem.Message}).", problem);
        }
    }

    private static StageException NotAPicture(string name) =>
        new($"{name}: is not a picture that can be decoded (JPEG, PNG, WebP, BMP and GIF can, told by content). Convert it, or leave it out.");
}
