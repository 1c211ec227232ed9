namespace Niwaki.Edge.Tests;

public sealed class PaletteTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void Colours_are_mixed_as_plain_arithmetic_mixes_them(double opacity)
    {
        ClassInfo[] classes = [new("a", "#ff8001"), new("b", "#00fe7f")];
        // an odd size, so that no vector fits evenly
        var image = Scenes.Of(37, 29, 1);
        var labels = new LabelMap(37, 29, [.. Enumerable.Range(0, 37 * 29).Select(i => (byte)(i % 3 == 0 ? 1 : 0))]);
        var over = new Palette(classes).Over(image, labels, opacity);
        var weight = (int)Math.Round(opacity * 256);
        int[][] colours = [[0xff, 0x80, 0x01], [0x00, 0xfe, 0x7f]];
        for (var i = 0; i < over.Pixels.Length; i++)
            Assert.Equal((image.Pixels[i] * (256 - weight) + colours[labels.Labels[i / 3]][i % 3] * weight + 128) >> 8, over.Pixels[i]);
    }
}
