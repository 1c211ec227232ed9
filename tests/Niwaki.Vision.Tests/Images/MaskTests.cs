namespace Niwaki.Vision.Tests;

public sealed class MaskTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(4, 0)]
    [InlineData(8, 0)]
    [InlineData(16, 0)]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    [InlineData(4, 3)]
    [InlineData(8, 3)]
    [InlineData(8, 2)]
    [InlineData(16, 2)]
    [InlineData(8, 4)]
    [InlineData(16, 4)]
    [InlineData(8, 6)]
    [InlineData(16, 6)]
    public void A_mask_holds_the_stored_numbers_whatever_the_filter(int depth, int color)
    {
        const int Width = 29, Height = 11;
        var channels = color switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var random = new RandomStream(depth, color);
        var classes = Enumerable.Range(0, Width * Height).Select(_ => (int)random.Below(Math.Min(256, 1 << depth))).ToArray();
        var numbers = classes.SelectMany(value => Enumerable.Repeat(7, channels).Select((other, i) => i == 0 ? value : other)).ToArray();
        var bytes = TestPng.Write(Width, Height, depth, color, numbers, y => y % 5);
        var mask = ImageCodec.DecodeMask(bytes, "mask");
        Assert.Equal((Width, Height), (mask.Width, mask.Height));
        Assert.Equal(classes, mask.Labels.Select(label => (int)label));
    }

    [Fact]
    public void Labels_come_back_exactly_through_an_8_bit_grey_png()
    {
        var labels = Pictures.Labels(256, 3, (x, _) => x);
        var png = ImageCodec.EncodePng(labels);
        Assert.Equal((8, 0), (png[24], png[25]));
        Assert.Equal(labels.Labels, ImageCodec.DecodeMask(png, "mask").Labels);
    }

    [Fact]
    public void A_number_above_255_is_reported_with_its_place()
    {
        var problem = Assert.Throws<StageException>(() => ImageCodec.DecodeMask(TestPng.Write(2, 1, 16, 0, [3, 1000]), "m/7.png"));
        Assert.Contains("m/7.png: pixel (1, 0) holds 1000", problem.Message);
    }

    [Fact]
    public void Jpeg_masks_and_interlaced_masks_are_refused_with_a_remedy()
    {
        Assert.Contains("PNG", Assert.Throws<StageException>(() => ImageCodec.DecodeMask(ImageCodec.EncodeJpeg(Pictures.Flat(4, 4, 1, 1, 1)), "m.png")).Message);
        Assert.Contains("interlac", Assert.Throws<StageException>(() => ImageCodec.DecodeMask(TestPng.Write(1, 1, 8, 0, [1], interlaced: true), "m.png")).Message);
    }

    [Fact]
    public void A_mask_cut_anywhere_is_refused_by_name()
    {
        var whole = TestPng.Write(40, 40, 8, 0, [.. Enumerable.Range(0, 1600).Select(i => i * 7919 % 251)]);
        for (var length = 0; length < whole.Length - 24; length += 13)
            Assert.Contains("m/8.png", Assert.Throws<StageException>(() => ImageCodec.DecodeMask(whole.AsSpan(0, length), "m/8.png")).Message);
    }

    [Fact]
    public void A_mask_with_a_flipped_byte_never_crashes()
    {
        var whole = TestPng.Write(16, 16, 8, 0, [.. Enumerable.Range(0, 256)]);
        for (var at = 8; at < whole.Length; at++)
        {
            var broken = whole.ToArray();
            broken[at] ^= 0x55;
            try
            {
                ImageCodec.DecodeMask(broken, "m");
            }
            catch (StageException)
            {
                // a clear refusal is as good as a picture
            }
        }
    }
}
