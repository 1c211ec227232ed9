using System.Text.Json;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Onnx.Tests;

public class QuantizeTests
{
    private static readonly DataSource Scenes = new SyntheticDataSource { Width = 48, Height = 48, Train = 24, Validation = 8 };

    internal static OnnxModel Artifact(TestFolder folder, string name, ModelProto graph, int size, int classes)
    {
        Directory.CreateDirectory(folder[name + ".partial"]);
        OnnxFile.Write(Path.Combine(folder[name + ".partial"], OnnxModel.GraphFile), graph);
        ModelFiles.WriteContract(folder[name + ".partial"], new Preprocess(size, size), [.. Enumerable.Range(0, classes).Select(i => new ClassInfo($"class {i}", "#000000"))], TestFolder.Vocabulary);
        return ArtifactStore.Seal<OnnxModel>(folder[name + ".partial"], folder[name], [], TestFolder.Vocabulary);
    }

    private static (OnnxModel Model, IReadOnlyList<string> Said) Apply(TestFolder folder, Stage stage, OnnxModel input, string name, DataSource? data = null) =>
        ((OnnxModel)stage.Apply(input, folder.Context(folder[name + ".partial"], data ?? Scenes), folder[name]), folder.Said);

    [Fact]
    public void The_stage_writes_a_smaller_model_that_says_what_it_is()
    {
        using var folder = new TestFolder();
        var graph = TestGraph.Cnn(48);
        graph.SetMetadata("niwaki.classes", "kept");
        var input = Artifact(folder, "float", graph, 48, 5);
        var (output, said) = Apply(folder, new Quantize { Images = 8, Exclude = ["deep"] }, input, "int8");

        var quantized = OnnxFile.Read(output.PathOf(OnnxModel.GraphFile));
        Assert.Equal("kept", quantized.Metadata("niwaki.classes"));
        using var metadata = JsonDocument.Parse(quantized.Metadata(Quantize.MetadataKey)!);
        Assert.Equal(64, metadata.RootElement.GetProperty("data").GetString()!.Length);
        Assert.Equal("percentile", metadata.RootElement.GetProperty("options").GetProperty("calibrator").GetProperty("kind").GetString());
        Assert.Equal(input.Preprocess(TestFolder.Vocabulary), output.Preprocess(TestFolder.Vocabulary));
        var report = TestFolder.Vocabulary.Read<QuantizationReport>(File.ReadAllText(output.PathOf(Quantize.ReportFile)), "report");
        Assert.Equal(["deep", "stem"], report.Nodes.Where(node => !node.Int8).Select(node => node.Node).Order());
        Assert.Equal(8, report.Images);
        Assert.Contains(said, line => line.Contains("deep", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Contains("keep their label", StringComparison.Ordinal));
        Assert.Equal("quantize", output.Lineage[^1].Stage);
    }

    [Fact]
    public void A_broken_quantization_fails_and_says_what_to_do()
    {
        using var folder = new TestFolder();
        var input = Artifact(folder, "float", TestGraph.Cnn(48), 48, 5);
        var problem = Assert.Throws<StageException>(() => Apply(folder, new Quantize { Images = 4, Agreement = 1 }, input, "int8"));
        Assert.Contains("exclude", problem.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["int8"]));
    }

    [Fact]
    public void What_is_quantized_already_or_has_another_size_is_refused()
    {
        using var folder = new TestFolder();
        var (quantized, _) = Apply(folder, new Quantize { Images = 2, Agreement = 0 }, Artifact(folder, "float", TestGraph.Cnn(48), 48, 5), "int8");
        Assert.Contains("already", Assert.Throws<StageException>(() => Apply(folder, new Quantize(), quantized, "again")).Message, StringComparison.Ordinal);
        Assert.Contains("preprocess.json", Assert.Throws<StageException>(() => Apply(folder, new Quantize(), Artifact(folder, "other", TestGraph.Cnn(48), 64, 5), "no")).Message, StringComparison.Ordinal);
        Assert.Contains("images", Assert.Throws<StageException>(() => Apply(folder, new Quantize { Images = 0 }, Artifact(folder, "third", TestGraph.Cnn(48), 48, 5), "no")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exported_swin_and_a_mobilevit_keep_their_labels()
    {
        using var folder = new TestFolder();
        foreach (var name in new[] { "swin-micro", "mobilevit-micro" })
        {
            var architecture = Presets.Architecture($"{name}+upernet-16", 3);
            var exported = Artifact(folder, $"{name}.float", new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 64, 64), 64, 64), 64, 3);
            var (quantized, _) = Apply(folder, new Quantize { Images = 4, Agreement = 0.85 }, exported, $"{name}.int8");
            Assert.True(new FileInfo(quantized.PathOf(OnnxModel.GraphFile)).Length < 0.5 * new FileInfo(exported.PathOf(OnnxModel.GraphFile)).Length);
        }
    }

    [Fact]
    public void A_foreign_trained_transformer_agrees_with_itself()
    {
        using var folder = new TestFolder();
        var input = Artifact(folder, "float", OnnxFile.Read(Shared.Model("topformer-lpcv/tiny_288_8tp_3trans_dist-682.onnx")), 288, 14);
        var (_, said) = Apply(folder, new Quantize { Images = 3, Agreement = 0.8 }, input, "int8", new SyntheticDataSource { Width = 288, Height = 288, Train = 3, Validation = 2 });
        Assert.Contains(said, line => line.StartsWith("8 bits: 55 of 62 products", StringComparison.Ordinal));
    }
}
