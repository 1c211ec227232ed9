using SkiaSharp;

namespace Niwaki.Vision.Tests;

public sealed class ImageCodecTests
{
    [Fact]
    public void A_png_of_rgb_comes_back_exactly()
    {
        var image = Pictures.Noise(37, 23, 5);
        var back = ImageCodec.Decode(ImageCodec.EncodePng(image), "memory");
        Assert.Equal((37, 23), (back.Width, back.Height));
        Assert.Equal(image.Pixels, back.Pixels);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    [InlineData(SKEncodedImageFormat.Png)]
    public void A_picture_is_told_by_its_content_not_by_its_name(SKEncodedImageFormat format)
    {
        using var folder = new TestFolder();
        using var bitmap = new SKBitmap(new SKImageInfo(24, 16, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(new SKColor(200, 100, 50));
        using var data = bitmap.Encode(format, 95);
        var path = folder.Write("picture.jpg", data.ToArray());
        var image = ImageCodec.Decode(path);
        Assert.Equal((24, 16), ImageCodec.SizeOf(path));
        AssertNear((200, 100, 50), image.At(12, 8), 4);
    }

    [Theory]
    [InlineData(640, 480, 160, 120)] // a quarter is 2.5 times what the network takes
    [InlineData(300, 200, 150, 100)]
    [InlineData(150, 120, 150, 120)] // a half would be less than twice
    [InlineData(640, 90, 640, 90)]
    public void A_jpeg_is_decoded_at_the_fraction_that_is_enough(int width, int height, int decodedWidth, int decodedHeight)
    {
        var network = new Preprocess(64, 48);
        var image = Pictures.Of(width, height, (x, y) => (x * 255 / width, y * 255 / height, 128));
        var whole = ImageCodec.DecodeFor(ImageCodec.EncodeJpeg(image, 95), "memory", null);
        var enough = ImageCodec.DecodeFor(ImageCodec.EncodeJpeg(image, 95), "memory", network);
        Assert.Equal((width, height, width, height), (whole.Image.Width, whole.Image.Height, whole.Width, whole.Height));
        Assert.Equal((decodedWidth, decodedHeight, width, height), (enough.Image.Width, enough.Image.Height, enough.Width, enough.Height));
        var (expected, given) = (network.Apply(whole.Image), network.Apply(enough.Image));
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], given[i], 0.05f);
        // others have every pixel
        var png = ImageCodec.DecodeFor(ImageCodec.EncodePng(image), "memory", network);
        Assert.Equal((width, height), (png.Image.Width, png.Image.Height));
    }

    [Fact]
    public void Gif_and_bmp_are_read()
    {
        var gif = Convert.FromBase64String("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==");
        Assert.Equal((1, 1), Size(ImageCodec.Decode(gif, "gif")));
        byte[] bmp = [(byte)'B', (byte)'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0];
        var image = ImageCodec.Decode(bmp, "bmp");
        Assert.Equal([3, 2, 1, 6, 5, 4], image.Pixels);
    }

    [Fact]
    public void Grey_and_cmyk_jpegs_become_rgb()
    {
        AssertNear((77, 77, 77), ImageCodec.Decode(TestJpeg.Flat(77), "grey").At(3, 3), 1);
        // stored inverted: 255 means no ink; cyan ink alone takes the red away
        AssertNear((0, 255, 255), ImageCodec.Decode(TestJpeg.Flat(0, 255, 255, 255), "cmyk").At(3, 3), 2);
        AssertNear((255, 255, 255), ImageCodec.Decode(TestJpeg.Flat(255, 255, 255, 255), "cmyk").At(3, 3), 2);
    }

    [Fact]
    public void Alpha_is_dropped_and_the_colour_below_it_stays()
    {
        var image = ImageCodec.Decode(TestPng.Write(2, 1, 8, 6, [10, 20, 30, 0, 40, 50, 60, 128]), "alpha");
        Assert.Equal([10, 20, 30, 40, 50, 60], image.Pixels);
    }

    [Fact]
    public void Sixteen_bits_palettes_and_grey_with_alpha_become_eight_bit_rgb()
    {
        Assert.Equal([10, 20, 30], ImageCodec.Decode(TestPng.Write(1, 1, 16, 2, [10 * 257, 20 * 257, 30 * 257]), "16").Pixels);
        Assert.Equal([90, 90, 90], ImageCodec.Decode(TestPng.Write(1, 1, 16, 0, [90 * 257]), "16 grey").Pixels);
        Assert.Equal([248, 14, 26], ImageCodec.Decode(TestPng.Write(1, 1, 4, 3, [2]), "palette").Pixels);
        Assert.Equal([9, 9, 9], ImageCodec.Decode(TestPng.Write(1, 1, 8, 4, [9, 200]), "grey alpha").Pixels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_picture_is_turned_upright_by_its_exif_orientation(byte orientation)
    {
        // stored 16x8: left half red, right half blue, except the lower left quarter, which is green
        var stored = Pictures.Of(16, 8, (x, y) => x >= 8 ? (0, 0, 255) : y < 4 ? (255, 0, 0) : (0, 255, 0));
        using var folder = new TestFolder();
        var path = folder.Write("a.jpg", TestJpeg.Oriented(ImageCodec.EncodeJpeg(stored, 100), orientation));
        var image = ImageCodec.Decode(path);
        Assert.Equal(orientation >= 5 ? (8, 16) : (16, 8), Size(image));
        Assert.Equal(Size(image), ImageCodec.SizeOf(path));
        for (var y = 1; y < 8; y += 5)
        {
            for (var x = 2; x < 16; x += 11)
            {
                var (toX, toY) = orientation switch
                {
                    2 => (15 - x, y),
                    3 => (15 - x, 7 - y),
                    4 => (x, 7 - y),
                    5 => (y, x),
                    6 => (7 - y, x),
                    7 => (7 - y, 15 - x),
                    8 => (y, 15 - x),
                    _ => (x, y),
                };
                AssertNear(stored.At(x, y), image.At(toX, toY), 60);
            }
        }
    }

    [Fact]
    public void A_cut_jpeg_is_refused_by_name()
    {
        var whole = ImageCodec.EncodeJpeg(Pictures.Noise(64, 64, 1));
        foreach (var length in new[] { whole.Length / 2, whole.Length * 9 / 10, 100 })
        {
            var problem = Assert.Throws<StageException>(() => ImageCodec.Decode(whole.AsSpan(0, length), "field/17.jpg"));
            Assert.Contains("field/17.jpg", problem.Message);
        }
    }

    [Fact]
    public void A_cut_png_is_refused_by_name()
    {
        var whole = ImageCodec.EncodePng(Pictures.Noise(64, 64, 1));
        var problem = Assert.Throws<StageException>(() => ImageCodec.Decode(whole.AsSpan(0, whole.Length / 2), "field/17.png"));
        Assert.Contains("field/17.png", problem.Message);
    }

    [Fact]
    public void What_is_no_picture_is_refused_by_name()
    {
        using var folder = new TestFolder();
        Assert.Contains("text.jpg", Assert.Throws<StageException>(() => ImageCodec.Decode(folder.Write("text.jpg", "no picture"))).Message);
        Assert.Contains("empty.jpg", Assert.Throws<StageException>(() => ImageCodec.Decode(folder.Write("empty.jpg", ""))).Message);
        Assert.Contains("none.jpg", Assert.Throws<StageException>(() => ImageCodec.Decode(folder["none.jpg"])).Message);
    }

    [Fact]
    public void A_picture_of_400_million_pixels_is_refused_before_it_is_decoded()
    {
        using var folder = new TestFolder();
        var path = folder.Write("bomb.png", TestPng.Claiming(20_000, 20_000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("20000x20000", Assert.Throws<StageException>(() => ImageCodec.Decode(path)).Message);
        Assert.Contains("20000x20000", Assert.Throws<StageException>(() => ImageCodec.SizeOf(path)).Message);
        Assert.Contains("20000x20000", Assert.Throws<StageException>(() => ImageCodec.DecodeMask(path)).Message);
        Assert.Contains("20000x20000", Assert.Throws<StageException>(() => ImageCodec.MaskSizeOf(path)).Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    [InlineData(SKEncodedImageFormat.Png)]
    public void Damaged_bytes_give_a_picture_or_a_clear_refusal_and_nothing_else(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(40, 30, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var noise = Pictures.Noise(40, 30, 2);
        for (var i = 0; i < 1200; i++)
            bitmap.SetPixel(i % 40, i / 40, new SKColor(noise.Pixels[3 * i], noise.Pixels[3 * i + 1], noise.Pixels[3 * i + 2]));
        using var data = bitmap.Encode(format, 90);
        var (whole, random) = (data.ToArray(), new RandomStream(1, (int)format));
        var read = 0;
        for (var round = 0; round < 300; round++)
        {
            var broken = whole.ToArray();
            for (var flips = 0; flips < 3; flips++)
                broken[random.Below(round < 150 ? Math.Min(200, broken.Length) : broken.Length)] = (byte)random.Below(256);
            try
            {
                var image = ImageCodec.Decode(broken, "broken");
                read += image.Pixels.Length == image.Width * image.Height * 3 ? 1 : 0;
            }
            catch (StageException problem)
            {
                Assert.StartsWith("broken: ", problem.Message);
                read++;
            }
        }

        Assert.Equal(300, read);
    }

    [Fact]
    public void One_pixel_is_a_picture()
    {
        var image = ImageCodec.Decode(ImageCodec.EncodePng(Pictures.Flat(1, 1, 1, 2, 3)), "one");
        Assert.Equal([1, 2, 3], image.Pixels);
    }

    private static (int, int) Size(RgbImage image) => (image.Width, image.Height);

    private static void AssertNear((int R, int G, int B) expected, (byte R, byte G, byte B) actual, int tolerance) =>
        Assert.True(Math.Abs(expected.R - actual.R) <= tolerance && Math.Abs(expected.G - actual.G) <= tolerance && Math.Abs(expected.B - actual.B) <= tolerance, $"expected {expected}, came {actual}");
}
