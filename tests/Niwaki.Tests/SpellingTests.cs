namespace Niwaki.Tests;

public sealed class SpellingTests
{
    [Theory]
    [InlineData("trian", "train")]
    [InlineData("keepMac", "keepMacs")]
    [InlineData("epohcs", "epochs")]
    [InlineData("EPOCHS", "epochs")]
    [InlineData("banana", null)]
    public void The_nearest_word_is_found_or_none(string word, string? nearest) =>
        Assert.Equal(nearest, Spelling.Nearest(word, ["train", "keepMacs", "epochs"]));

    [Theory]
    [InlineData("KeepMacs", "keep-macs")]
    [InlineData("MinMeanIoU", "min-mean-iou")]
    [InlineData("MaxIoUDrop", "max-iou-drop")]
    [InlineData("OnnxModel", "onnx-model")]
    public void Names_on_the_command_line_read_well(string name, string kebab) => Assert.Equal(kebab, Catalog.Kebab(name));
}
