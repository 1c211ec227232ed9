using System.Text.Json;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Onnx.Tests;

public sealed class AutoTests : IDisposable
{
    private static readonly DataSource Scenes = new SyntheticDataSource { Width = 48, Height = 48, Train = 12, Validation = 8 };
    private static readonly Search Quick = new() { Images = 8, Runs = 8, Calibrators = [new MinMaxCalibrator()], Refinements = [], SensitivityImages = 2 };
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    private OnnxModel Apply(Quantize stage, OnnxModel input, string name, DataSource? data = null) =>
        (OnnxModel)stage.Apply(input, folder.Context(folder[name + ".partial"], data ?? Scenes), folder[name]);

    // its masks have 14 classes, the graph as many
    private OnnxModel Input(int size = 48) => QuantizeTests.Artifact(folder, "float", Wide(size), size, 14);

    private static ModelProto Wide(int size)
    {
        var graph = new TestGraph(size);
        var wide = graph.Relu(graph.Conv(graph.Relu(graph.Conv("image", 3, 64, 3, 2, name: "stem")), 64, 128, 3, name: "wide"));
        var deep = graph.Relu(graph.Conv(wide, 128, 128, 3, name: "deep"));
        return graph.Output(graph.Conv(deep, 128, 14, 1, name: "classifier"), null, 14, size / 2, size / 2);
    }

    private SearchReport Report(OnnxModel model) => TestFolder.Vocabulary.Read<SearchReport>(File.ReadAllText(model.PathOf(Quantize.SearchFile)), "search");

    [Fact]
    public void A_search_ends_within_its_drop_and_its_decisions_give_the_same_bytes_again()
    {
        var input = Input();
        var found = Apply(new Quantize { Auto = true, MaxDrop = 100, Images = 8, Agreement = 0, Search = Quick }, input, "auto");
        var report = Report(found);
        Assert.True(report.Drop <= report.MaxDrop);
        Assert.True(report.KeptFloat || report.FinalTime < report.FloatTime);
        Assert.Equal(3, report.Tries.Count);
        Assert.Equal(1, report.Tries.Count(each => each.Chosen));
        Assert.NotEmpty(report.Blocks);
        Assert.NotNull(report.Float.MeanIoU);
        var again = Apply(new Quantize { Decisions = found.PathOf(Quantize.DecisionsFile), Agreement = 0 }, input, "again");
        Assert.Equal(File.ReadAllBytes(found.PathOf(OnnxModel.GraphFile)), File.ReadAllBytes(again.PathOf(OnnxModel.GraphFile)));
        var page = File.ReadAllText(found.PathOf(Quantize.PageFile));
        Assert.Contains("Layer by layer", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_drop_is_allowed_layers_return_until_there_is_none()
    {
        var found = Apply(new Quantize { Auto = true, MaxDrop = 0, Images = 8, Agreement = 0, Search = Quick }, Input(), "auto");
        var report = Report(found);
        Assert.True(report.Drop <= 0, $"{report.Drop}");
        Assert.True(report.KeptFloat || report.Final.MeanIoU >= report.Float.MeanIoU);
    }

    [Fact]
    public void Kinds_of_layers_are_raced_as_a_whole_and_a_kept_float_graph_is_said_to_be_the_same()
    {
        var found = Apply(new Quantize { Auto = true, MaxDrop = 100, Images = 8, Agreement = 0, Search = Quick }, QuantizeTests.Artifact(folder, "float", Mixed(48), 48, 14), "auto");
        Assert.Contains(folder.Said, line => line.StartsWith("depthwise convolutions in float (1): the whole takes", StringComparison.Ordinal));
        Assert.Contains(folder.Said, line => line.StartsWith("the first convolution in 8 bits (1): the whole takes", StringComparison.Ordinal));
        var report = Report(found);
        if (report.Returned.Any(node => node.Node == "depthwise"))
            Assert.DoesNotContain(OnnxFile.Read(found.PathOf(OnnxModel.GraphFile)).Graph.Node, node => node.Name == "depthwise" && node.Input[1] != "depthwise.weight");
        Apply(new Quantize { KeepFloat = true }, Input(), "kept");
        Assert.Contains(folder.Said, line => line.Contains("logits are the same", StringComparison.Ordinal));
        Assert.DoesNotContain(folder.Said, line => line.Contains("Infinity", StringComparison.Ordinal));
    }

    private static ModelProto Mixed(int size)
    {
        var graph = new TestGraph(size);
        var wide = graph.Relu(graph.Conv(graph.Relu(graph.Conv("image", 3, 64, 3, 2, name: "stem")), 64, 64, 3, name: "wide"));
        var deep = graph.Relu(graph.Conv(graph.Relu(graph.Conv(wide, 64, 64, 3, groups: 64, name: "depthwise")), 64, 64, 1, name: "point"));
        return graph.Output(graph.Conv(deep, 64, 14, 1, name: "classifier"), null, 14, size / 2, size / 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_graph_of_a_fixed_number_of_pictures_is_quantized_too(bool auto)
    {
        var model = Wide(48);
        Optimization.Fix(model, 3, "test");
        var found = Apply(new Quantize { Auto = auto, MaxDrop = 100, Images = 8, Search = Quick }, QuantizeTests.Artifact(folder, "three", model, 48, 14), "auto");
        Assert.True(auto || OnnxFile.Read(found.PathOf(OnnxModel.GraphFile)).Graph.Node.Any(node => node.OpType == "QuantizeLinear"));
        Assert.Contains(folder.Said, line => line.Contains("keep their label", StringComparison.Ordinal));
    }

    [Fact]
    public void Folders_without_masks_are_judged_by_labels_on_photos_that_did_not_calibrate()
    {
        Directory.CreateDirectory(folder["photos"]);
        var set = Scenes.Open(Split.Train);
        for (var i = 0; i < 9; i++)
            File.WriteAllBytes(Path.Combine(folder["photos"], $"{i}.png"), ImageCodec.EncodePng(set.Load(i).Image));
        File.WriteAllText(Path.Combine(folder["photos"], "broken.jpg"), "no picture");
        var found = Apply(new Quantize { Auto = true, MaxChange = 100, Agreement = 0, Search = Quick }, Input(), "auto", new UnlabelledDataSource(folder["photos"]));
        var report = Report(found);
        Assert.Null(report.Final.MeanIoU);
        Assert.Equal(2, report.Final.Images);
        Assert.Contains(folder.Said, line => line.StartsWith("Left out:", StringComparison.Ordinal) && line.Contains("broken.jpg", StringComparison.Ordinal));
        using var metadata = JsonDocument.Parse(OnnxFile.Read(found.PathOf(OnnxModel.GraphFile)).Metadata(Quantize.MetadataKey)!);
        Assert.Equal(7, metadata.RootElement.GetProperty("images").GetInt32());
    }

    [Fact]
    public void One_photo_is_enough_and_none_is_not()
    {
        Directory.CreateDirectory(folder["photos"]);
        var set = Scenes.Open(Split.Train);
        File.WriteAllBytes(Path.Combine(folder["photos"], "one.png"), ImageCodec.EncodePng(set.Load(0).Image));
        var data = new UnlabelledDataSource(folder["photos"]);
        Apply(new Quantize { Agreement = 0 }, Input(), "one", data);
        Assert.Contains(folder.Said, line => line.Contains("pictures that calibrated", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder["photos"], "one.png"), "no picture");
        Assert.Contains("None of 1 pictures can be read", Assert.Throws<StageException>(() => Apply(new Quantize(), QuantizeTests.Artifact(folder, "other", Wide(48), 48, 14), "none", data)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder["photos"], "one.png"));
        Assert.Contains("no picture", Assert.Throws<StageException>(() => Apply(new Quantize(), QuantizeTests.Artifact(folder, "third", Wide(48), 48, 14), "none", data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_that_was_interrupted_asks_nothing_twice()
    {
        var memory = new SearchMemory(folder["memory"], TestFolder.Vocabulary);
        Assert.Equal(0.5, memory.Recall("a", () => new Fidelity(3, 0.5) { MeanIoU = 0.25 }).Agreement);
        File.AppendAllText(folder["memory"], "{\"Key\":\"b\",\"Val");
        var again = new SearchMemory(folder["memory"], TestFolder.Vocabulary);
        Assert.Equal(new Fidelity(3, 0.5) { MeanIoU = 0.25 }, again.Recall<Fidelity>("a", () => throw new InvalidOperationException("asked twice")));
        Assert.Equal([1L, 2L], again.Recall<long[]>("b", () => [1, 2]));
    }

    [Fact]
    public void Decisions_that_are_none_are_refused()
    {
        var input = Input();
        Assert.Contains("no such file", Assert.Throws<StageException>(() => Apply(new Quantize { Decisions = folder["absent.json"] }, input, "no")).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["half.json"], """{"kind":"half"}""");
        Assert.Contains("is no decisions.json", Assert.Throws<StageException>(() => Apply(new Quantize { Decisions = folder["half.json"] }, input, "no")).Message, StringComparison.Ordinal);
        Assert.Contains("Leave out one", Assert.Throws<StageException>(() => Apply(new Quantize { Decisions = folder["half.json"], Auto = true }, input, "no")).Message, StringComparison.Ordinal);
    }
}
