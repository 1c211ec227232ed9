using Niwaki.Torch;

namespace Niwaki.Cli.Tests;

/// <summary>Models with random weights, written as the program writes them.</summary>
internal static class UntrainedModel
{
    private static readonly IReadOnlyList<ClassInfo> Three = [new("a", "#000000"), new("b", "#0000ff"), new("c", "#00ff00")];

    /// <summary>A network artifact; three classes unless others are given.</summary>
    public static string Write(CommandLine cli, string preset, int size = 64, string name = "network", IReadOnlyList<ClassInfo>? classes = null)
    {
        using var network = Network.Create(Presets.Architecture(preset, (classes ?? Three).Count), size, size, seed: 1);
        var partial = Directory.CreateDirectory(cli.Of($"{name}.partial")).FullName;
        ModelFiles.WriteNetwork(partial, network.Architecture, network.Weights(), new Preprocess(size, size), classes ?? Three, CommandLine.Words);
        return ArtifactStore.Seal<TorchModel>(partial, cli.Of(name), [], CommandLine.Words).Folder;
    }

    /// <summary>Its exported graph, an artifact too.</summary>
    public static string Export(CommandLine cli, string preset, int size = 64, string name = "network")
    {
        Assert.Equal(0, cli.Run("export", "--in", Write(cli, preset, size, name), "--out", cli.Of($"{name}-onnx")).Code);
        return cli.Of($"{name}-onnx");
    }

    /// <summary>The file of an exported graph alone, as something that came from elsewhere.</summary>
    public static string ExportFile(CommandLine cli, string preset)
    {
        File.Copy(Path.Combine(Export(cli, preset), OnnxModel.GraphFile), cli.Of("foreign.onnx"), overwrite: true);
        return cli.Of("foreign.onnx");
    }
}
