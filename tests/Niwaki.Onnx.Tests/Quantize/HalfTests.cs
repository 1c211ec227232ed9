using Niwaki.Onnx.Proto;
using Niwaki.Vision;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx.Tests;

public class HalfTests
{
    private static (ModelProto Model, IReadOnlyList<KeptNode> Kept) Run(ModelProto model, Half? options = null, int size = 32)
    {
        var (graph, kept, _) = HalfGraph.Of(model, options ?? new Half(), TestGraph.Pictures(4, size), "test");
        return (graph, kept);
    }

    private static GraphComparison Compare(ModelProto model, ModelProto changed, int size = 32)
    {
        using var folder = new TestFolder();
        OnnxFile.Write(folder["a.onnx"], model);
        OnnxFile.Write(folder["b.onnx"], changed);
        return GraphComparison.Of(folder["a.onnx"], folder["b.onnx"], TestGraph.Pictures(4, size, seed: 99));
    }

    [Fact]
    public void Weights_halve_and_labels_stay()
    {
        foreach (var model in new[] { TestGraph.Cnn(activation: "Silu"), TestGraph.Transformer() })
        {
            var (changed, kept) = Run(model);
            Assert.Empty(kept);
            Assert.DoesNotContain(changed.Graph.Initializer, tensor => tensor.Type() == DataType.Float && tensor.Elements() > 8);
            Assert.InRange(Compare(model, changed).SignalToNoise!.Value, 45, 90);
            Assert.Equal(2, changed.Graph.Node.Count(node => node.OpType == "Cast"));
            Assert.Equal((int)DataType.Float, changed.Graph.Output[0].Type.TensorType.ElemType);
            Assert.Equal(model.Graph.Output[0].Name, changed.Graph.Output[0].Name);
        }
    }

    [Fact]
    public void Values_out_of_range_are_an_island_of_float32()
    {
        var graph = new TestGraph(16);
        var large = graph.Add("Mul", [graph.Conv("image", 3, 4, 3, name: "before"), graph.Scalar(60000)], name: "large");
        var model = graph.Output(graph.Conv(graph.Add("Div", [large, graph.Scalar(60000)], name: "small"), 4, 2, 1, name: "after"), null, 2, 16, 16);
        var (changed, kept) = Run(model, size: 16);
        Assert.Equal(["large", "small"], kept.Select(node => node.Node));
        Assert.InRange(Compare(model, changed, 16).SignalToNoise!.Value, 45, 90);
        Assert.Equal(4, changed.Graph.Node.Count(node => node.OpType == "Cast"));
    }

    [Fact]
    public void Weights_that_would_vanish_stay_in_float32()
    {
        var graph = new TestGraph(16);
        graph.Constant("tiny", new Shape(2, 3, 1, 1), [1e-9f, 2e-9f, 3e-9f, 1e-9f, -2e-9f, 3e-9f]);
        var model = graph.Output(graph.Add("Mul", [graph.Add("Conv", ["image", "tiny"], name: "conv"), graph.Scalar(1e9f)], name: "back"), null, 2, 16, 16);
        var (changed, kept) = Run(model, size: 16);
        Assert.Equal(["conv", "back"], kept.Select(node => node.Node));
        Assert.Contains("tiny", kept[0].Reason, StringComparison.Ordinal);
        Assert.True(Compare(model, changed, 16).SignalToNoise > 100);
    }

    [Fact]
    public void A_resize_keeps_its_scales_and_excluded_nodes_their_precision()
    {
        var (changed, kept) = Run(TestGraph.Cnn(), new Half { Exclude = ["class*"] });
        Assert.Equal(["classifier"], kept.Select(node => node.Node));
        var resize = changed.Graph.Node.Single(node => node.OpType == "Resize");
        Assert.Equal(DataType.Float, changed.Graph.Initializer.Single(tensor => tensor.Name == resize.Input[2]).Type());
        Assert.Equal(DataType.Float, changed.Graph.Initializer.Single(tensor => tensor.Name == "classifier.weight").Type());
    }

    [Fact]
    public void The_stage_writes_half_the_bytes_and_the_same_ones_each_time()
    {
        using var folder = new TestFolder();
        var architecture = Presets.Architecture("mobilevit-micro+upernet-16", 3);
        var exported = QuantizeTests.Artifact(folder, "float", new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 64, 64), 64, 64), 64, 3);
        var scenes = new SyntheticDataSource { Width = 64, Height = 64, Train = 4, Validation = 2 };
        var models = new[] { "a", "b" }.Select(name => (OnnxModel)new Half().Apply(exported, folder.Context(folder[name + ".partial"], scenes), folder[name])).ToArray();
        var (bytes, again) = (File.ReadAllBytes(models[0].PathOf(OnnxModel.GraphFile)), File.ReadAllBytes(models[1].PathOf(OnnxModel.GraphFile)));
        Assert.Equal(bytes, again);
        Assert.InRange(bytes.Length / (double)new FileInfo(exported.PathOf(OnnxModel.GraphFile)).Length, 0.4, 0.7);
        Assert.Contains(folder.Said, line => line.StartsWith("16 bits:", StringComparison.Ordinal));
        using var engine = new OnnxEngine().Open(models[0], TestFolder.Vocabulary, 1);
        Assert.All(engine.Run(new float[3 * 64 * 64]).Scores, score => Assert.True(float.IsFinite(score)));
    }
}
