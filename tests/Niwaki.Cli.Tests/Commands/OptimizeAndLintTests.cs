
namespace Niwaki.Cli.Tests;

/// <summary>The float passes and the check against a device on the command line.</summary>
public sealed class OptimizeAndLintTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    private string Graph() => UntrainedModel.ExportFile(cli, "swin-micro+upernet-16");

    [Fact]
    public void A_file_is_optimized_and_says_what_each_pass_did()
    {
        var file = Graph();
        var (code, output, errors) = cli.Run("optimize", file, "--rounds", "2", "--out", cli.Of("fast.onnx"));
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Contains("nodes became", output);
        Assert.Contains("Measured in turns: median", output);
        Assert.Contains("Proved on random inputs", output);
        Assert.True(File.Exists(cli.Of("fast.onnx")) && File.Exists(cli.Of("fast", "optimization.json")));
        Assert.Equal(["adopt", "optimize"], ArtifactStore.Open(cli.Of("fast"), CommandLine.Words).Lineage.Select(step => step.Stage));
    }

    [Fact]
    public void What_a_Jetson_Nano_cannot_take_is_told_mended_and_then_clean()
    {
        var file = Graph();
        var device = Repository.PathOf("devices/jetson-nano-4gb.json");
        var (code, output, _) = cli.Run("lint", file, "--device", device);
        Assert.Equal(3, code);
        Assert.Contains("opset 17", output);
        Assert.Contains("LayerNormalization", output);
        Assert.Contains("--target tensorrt8", output);
        Assert.Equal(0, cli.Run("lint", file, "--device", device, "--runtime", "onnxruntime").Code);
        Assert.Equal(0, cli.Run("optimize", file, "--target", "tensorrt8", "--rounds", "0", "--out", cli.Of("nano")).Code);
        var (after, json, errors) = cli.Run("lint", cli.Of("nano"), "--device", device, "--json");
        Assert.Equal((0, string.Empty), (after, errors));
        using var parsed = System.Text.Json.JsonDocument.Parse(json);
        Assert.Equal(13, parsed.RootElement.GetProperty("opset").GetInt32());
        Assert.True(parsed.RootElement.GetProperty("clean").GetBoolean());
    }

    [Fact]
    public void Mistakes_are_told()
    {
        var file = Graph();
        Assert.Contains("'gelu', which is no pass", cli.Run("optimize", file, "--skip", "gelu", "--out", cli.Of("o")).Errors);
        Assert.Contains("given twice", cli.Run("optimize", file, "--in", file, "--out", cli.Of("o")).Errors);
        Assert.Contains("at most 13", cli.Run("optimize", file, "--target", "tensorrt8", "--opset", "17", "--out", cli.Of("o")).Errors);
        Assert.Equal(1, cli.Run("lint", file, "--device", cli.Of("no.json")).Code);
        Assert.Equal(1, cli.Run("lint", cli.Of("no.onnx"), "--device", Repository.PathOf("devices/x86-64.json")).Code);
        Assert.False(Directory.Exists(cli.Of("o")));
    }
}
