using Niwaki.Torch;

namespace Niwaki.Cli.Tests;

public sealed class ImportCommandTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void A_checkpoint_becomes_a_model_that_the_other_commands_take()
    {
        var checkpoint = Checkpoint("mobilevit-micro+fpn-8");
        var (code, output, errors) = cli.Run("import", checkpoint, "--classes", "road,water,roof", "--width", "64", "--height", "64", "--out", cli.Of("model"));
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Contains("mobilevit-micro+fpn-8 under the names of niwaki", output);
        var model = ArtifactStore.Open<TorchModel>(cli.Of("model"), CommandLine.Words);
        Assert.Equal(["road", "water", "roof"], model.Classes(CommandLine.Words).Select(each => each.Name));
        Assert.Equal(0, cli.Run("export", "--in", cli.Of("model"), "--out", cli.Of("onnx")).Code);
    }

    [Fact]
    public void What_is_imported_is_given_once_with_its_name_or_without()
    {
        var checkpoint = Checkpoint("mobilevit-micro+fpn-8");
        Assert.Equal(0, cli.Run("import", "--source", checkpoint, "--out", cli.Of("model")).Code);
        var (code, _, errors) = cli.Run("import", checkpoint, "--source", checkpoint, "--out", cli.Of("other"));
        Assert.Equal(2, code);
        Assert.Contains("--source is given twice", errors);
        (code, _, errors) = cli.Run("import", "--out", cli.Of("other"));
        Assert.Equal(2, code);
        Assert.Contains("--source is missing", errors);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_read_leaves_nothing_behind()
    {
        var (code, _, errors) = cli.Run("import", cli.Write("page.pth", "<html>"), "--out", cli.Of("model"));
        Assert.Equal(1, code);
        Assert.Contains("is a web page", errors);
        Assert.Equal(["page.pth"], Directory.EnumerateFileSystemEntries(cli.Folder).Select(Path.GetFileName));
    }

    private string Checkpoint(string model)
    {
        LibTorch.Load();
        using var network = Network.Create(Presets.Architecture(model, 3), 64, 64, seed: 1);
        SafeTensors.Write(cli.Of("weights.safetensors"), network.Weights());
        return cli.Of("weights.safetensors");
    }
}
