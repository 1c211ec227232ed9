using System.Text.Json;
using Niwaki.Vision;

namespace Niwaki.Onnx.Tests;

public sealed class ExportTests : IDisposable
{
    private static readonly Architecture Tiny = Presets.Architecture("resnet-micro+upernet-16", 3);
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_exported_network_is_proved_and_carries_its_contract()
    {
        var model = folder.Export(folder.Network("net", Tiny, 64, 96), new Export(), "onnx");
        Assert.Contains(folder.Said, line => line.StartsWith("Proved on 1 random pictures", StringComparison.Ordinal) && line.EndsWith("100.00 % of the labels equal.", StringComparison.Ordinal));
        var graph = OnnxFile.Read(model.PathOf(OnnxModel.GraphFile));
        var classes = JsonSerializer.Deserialize<ClassInfo[]>(graph.Metadata(Export.ClassesKey)!, TestFolder.Vocabulary.Json)!;
        Assert.Equal(TestFolder.Classes, classes);
        Assert.Equal(new Preprocess(96, 64), JsonSerializer.Deserialize<Preprocess>(graph.Metadata(Export.PreprocessKey)!, TestFolder.Vocabulary.Json));
        Assert.NotNull(graph.Metadata(Export.VersionKey));
        Assert.Equal(new Preprocess(96, 64), model.Preprocess(TestFolder.Vocabulary));
        Assert.Equal(TestFolder.Classes, model.Classes(TestFolder.Vocabulary));
        Assert.Equal("export", Assert.Single(model.Lineage).Stage);
    }

    [Fact]
    public void The_engine_runs_it_and_counts_what_the_network_counts()
    {
        var network = folder.Network("net", Tiny, 64, 96);
        var model = folder.Export(network, new Export(), "onnx");
        using var segmenter = Engine.For(model, TestFolder.Vocabulary).Open(model, TestFolder.Vocabulary, 1);
        var image = RandomWeights.Image(segmenter.Input);
        var prediction = segmenter.Run(image);
        var expected = ReferenceOps.Run(Tiny, network.Weights(TestFolder.Vocabulary), new Weight(segmenter.Input, image));
        Assert.Equal((3, expected.Shape[2], expected.Shape[3]), (prediction.Classes, prediction.Height, prediction.Width));
        Running.Same(expected.Values, prediction.Scores, 1e-5, "engine");
        Assert.Equal(CostOps.Of(Tiny, 64, 96), segmenter.Cost);
        Assert.StartsWith("onnxruntime 1.", segmenter.Engine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_map_is_the_argmax_of_the_resized_logits()
    {
        var network = folder.Network("net", Tiny, 64, 96);
        var model = folder.Export(network, new Export { LabelMap = true }, "onnx");
        using var segmenter = new OnnxEngine().Open(model, TestFolder.Vocabulary, 1);
        var image = RandomWeights.Image(segmenter.Input);
        var prediction = segmenter.Run(image);
        var ops = new ReferenceOps(network.Weights(TestFolder.Vocabulary));
        var logits = ops.Resize(Tiny.Forward(ops, new ReferenceTensor(new Weight(segmenter.Input, image))), 64, 96);
        Assert.Equal((64, 96), (prediction.Height, prediction.Width));
        var same = Enumerable.Range(0, 64 * 96).Count(pixel => prediction.Labels[pixel] == Enumerable.Range(0, 3).MaxBy(label => logits.Values[(label * 64 * 96) + pixel]));
        Assert.True(same >= 0.999 * 64 * 96, $"{same} of {64 * 96} labels agree");
        Assert.Equal(NetworkGraph.Labels, Assert.Single(OnnxFile.Read(model.PathOf(OnnxModel.GraphFile)).Graph.Output).Name);
    }

    [Fact]
    public void A_graph_of_a_fixed_batch_is_proved_and_runs_one_picture_at_a_time()
    {
        var model = folder.Export(folder.Network("net", Tiny, 64, 64), new Export { Batch = 2 }, "two");
        using var two = new OnnxEngine().Open(model, TestFolder.Vocabulary, 1);
        using var any = new OnnxEngine().Open(folder.Export(folder.Network("same", Tiny, 64, 64), new Export(), "any"), TestFolder.Vocabulary, 1);
        var image = RandomWeights.Image(two.Input);
        Running.Same([.. any.Run(image).Scores.Select(score => (double)score)], two.Run(image).Scores, 1e-6, "batch of 2");
        Assert.Equal(any.Cost, two.Cost);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(21)]
    public void Every_operator_set_that_is_offered_is_written(int opset)
    {
        var model = folder.Export(folder.Network("net", Presets.Architecture("swin-micro+upernet-16", 3), 32, 32), new Export { Opset = opset }, "onnx");
        Assert.Equal(opset, OnnxFile.Read(model.PathOf(OnnxModel.GraphFile)).Opset());
    }

    [Fact]
    public void Options_that_cannot_be_met_are_refused_before_work_is_done()
    {
        var network = folder.Network("net", Tiny, 64, 64);
        var classifier = folder.Network("classifier", Presets.Architecture("resnet-micro+linear", 3), 64, 64);
        Assert.Contains("opset 12", Refused(network, new Export { Opset = 12 }), StringComparison.Ordinal);
        Assert.Contains("batch of 0", Refused(network, new Export { Batch = 0 }), StringComparison.Ordinal);
        Assert.Contains("classifies whole pictures", Refused(classifier, new Export { LabelMap = true }), StringComparison.Ordinal);

        string Refused(TorchModel input, Export export) => Assert.Throws<StageException>(() => folder.Export(input, export, "onnx")).Message;
    }

    [Fact]
    public void A_graph_that_differs_from_the_network_is_not_let_through()
    {
        var network = folder.Network("net", Tiny, 64, 64);
        var exported = folder.Export(folder.Network("other", Tiny, 64, 64, seed: 9), new Export(), "onnx");
        var problem = Assert.Throws<StageException>(() => new ExportProof().Check(network, folder.Context(exported.Folder)));
        Assert.Contains("differ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_with_broken_weights_is_named_as_the_cause()
    {
        var network = folder.Network("net", Tiny, 64, 64);
        var weights = network.Weights(TestFolder.Vocabulary).ToDictionary();
        weights["head.classifier.bias"] = new Weight(new Shape(3), [float.NaN, 0, 0]);
        ModelFiles.WriteNetwork(folder["broken.partial"], Tiny, weights, new Preprocess(64, 64), TestFolder.Classes, TestFolder.Vocabulary);
        var broken = ArtifactStore.Seal<TorchModel>(folder["broken.partial"], folder["broken"], [], TestFolder.Vocabulary);
        Assert.Contains("not finite", Assert.Throws<StageException>(() => folder.Export(broken, new Export(), "onnx")).Message, StringComparison.Ordinal);
    }
}
