namespace Niwaki.Cli.Tests;

public sealed class SynthCommandTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Scenes_on_disk_are_a_dataset_that_data_takes()
    {
        var (code, output, errors) = cli.Run("synth", "--out", cli.Of("scenes"), "--count", "6", "--width", "32", "--height", "24", "--seed", "5", "--sheet");
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Contains(cli.Of("scenes"), output);
        Assert.True(File.Exists(cli.Of("scenes", "contact-sheet.png")));
        var set = Vision.DataSources.Detect(cli.Of("scenes"), CommandLine.Words).Open(Split.Train);
        Assert.Equal((5, 32, 24), (set.Count, set.Load(0).Image.Width, set.Load(0).Image.Height));
    }

    [Theory]
    [InlineData("Option '--out' is required.", "synth", "--count", "5")]
    [InlineData("'tiff'", "synth", "--count", "5", "--out", "x", "--format", "tiff")]
    public void A_wrong_command_line_is_told(string message, params string[] args)
    {
        var (code, _, errors) = cli.Run(args);
        Assert.Equal(2, code);
        Assert.Contains(message, errors);
    }

    [Fact]
    public void Too_few_scenes_are_told() => Assert.Equal(1, cli.Run("synth", "--count", "1", "--out", cli.Of("s")).Code);
}
