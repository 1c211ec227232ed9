using Niwaki.Vision;

namespace Niwaki.Cli.Tests;

/// <summary>An ONNX file of any origin on the command line.</summary>
public sealed class OnnxFileCommandTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    private string Pictures(int count)
    {
        Directory.CreateDirectory(cli.Of("photos"));
        var set = new SyntheticDataSource { Width = 80, Height = 60, Train = count, Validation = 1 }.Open(Split.Train);
        for (var i = 0; i < count; i++)
            File.WriteAllBytes(cli.Of("photos", $"{i:00}.png"), ImageCodec.EncodePng(set.Load(i).Image));
        return cli.Of("photos");
    }

    private string Graph() => UntrainedModel.ExportFile(cli, "mobilevit-micro+upernet-16");

    [Fact]
    public void A_file_and_a_folder_of_photos_give_a_smaller_file()
    {
        var file = Graph();
        var (code, output, errors) = cli.Run("quantize", "--in", file, "--data", Pictures(6), "--images", "4", "--agreement", "0.3", "--out", cli.Of("small.onnx"));
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Contains("3 classes", output);
        Assert.DoesNotContain("are assumed", output);
        Assert.True(new FileInfo(cli.Of("small.onnx")).Length < 0.5 * new FileInfo(file).Length);
        Assert.Equal(File.ReadAllBytes(cli.Of("small", OnnxModel.GraphFile)), File.ReadAllBytes(cli.Of("small.onnx")));
        var lineage = ArtifactStore.Open(cli.Of("small"), CommandLine.Words).Lineage;
        Assert.Equal(["adopt", "quantize"], lineage.Select(step => step.Stage));
        Assert.Equal(0, cli.Run("measure", "--in", cli.Of("small.onnx"), "--runs", "5", "--memory", "false", "--out", cli.Of("measured")).Code);
        // the file has the user's name also where it is a copy that is looked at
        var again = cli.Run("quantize", "--in", cli.Of("small.onnx"), "--data", cli.Of("photos"), "--out", cli.Of("again.onnx"));
        Assert.Equal(1, again.Code);
        Assert.StartsWith($"{cli.Of("small.onnx")}: ", again.Errors);
    }

    [Fact]
    public void What_cannot_be_is_refused_with_a_reason()
    {
        var file = Graph();
        var photos = Pictures(1);
        Assert.Contains("is a file, but prune needs the folder of a torch-model", cli.Run("prune", "--in", file, "--keep", "0.5", "--data", photos, "--out", cli.Of("p")).Errors);
        Assert.Contains("is not JSON", cli.Run("quantize", "--in", file, "--data", photos, "--preprocess", "mean 0.5", "--out", cli.Of("q")).Errors);
        Assert.Contains("meen", cli.Run("quantize", "--in", file, "--data", photos, "--preprocess", """{"meen":[0,0,0]}""", "--out", cli.Of("q")).Errors);
        Assert.Contains("This stage needs a dataset", cli.Run("quantize", "--in", file, "--out", cli.Of("q")).Errors);
        Directory.CreateDirectory(cli.Of("empty"));
        Assert.Contains("no dataset layout", cli.Run("quantize", "--in", file, "--data", cli.Of("empty"), "--out", cli.Of("q")).Errors);
        File.WriteAllText(cli.Of("no.onnx"), "no graph");
        Assert.Contains("no.onnx: is not a whole ONNX file", cli.Run("quantize", "--in", cli.Of("no.onnx"), "--data", photos, "--out", cli.Of("q")).Errors);
        Assert.Contains("The folder is empty.", cli.Run("quantize", "--in", file, "--data", cli.Of("empty"), "--out", cli.Of("q")).Errors);
        Assert.Contains("is a picture. Give the folder", cli.Run("quantize", "--in", file, "--data", Path.Combine(photos, "00.png"), "--out", cli.Of("q")).Errors);
        // the model would be gone
        var before = File.ReadAllBytes(file);
        Assert.Contains("is the model itself", cli.Run("quantize", file, "--data", photos, "--out", file).Errors);
        Assert.Equal(before, File.ReadAllBytes(file));
        Assert.False(Directory.Exists(cli.Of("q")));
    }

    [Fact]
    public void Copies_that_a_killed_run_left_are_swept_and_those_in_use_are_not()
    {
        string Left(string name)
        {
            var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"niwaki-in-{name}-{Environment.ProcessId}")).FullName;
            File.WriteAllText(Path.Combine(folder, "model.onnx"), "a copy");
            return folder;
        }

        var (old, used) = (Left("old"), Left("used"));
        using (FolderLock.Take(used))
        {
            foreach (var folder in new[] { old, used })
                Directory.SetLastWriteTimeUtc(folder, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            Assert.Equal(0, cli.Run("adopt", Graph(), "--out", cli.Of("adopted")).Code);
            Assert.Equal(0, cli.Run("optimize", Graph(), "--rounds", "0", "--out", cli.Of("fast")).Code);
            Assert.False(Directory.Exists(old));
            Assert.True(Directory.Exists(used));
        }

        Directory.Delete(used, recursive: true);
    }
}
