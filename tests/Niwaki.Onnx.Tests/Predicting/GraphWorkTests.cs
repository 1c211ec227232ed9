using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Onnx.Tests;

public sealed class GraphWorkTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("mobilevit-micro+upernet-16")]
    [InlineData("swin-micro+upernet-16")]
    [InlineData("resnet-micro+upernet-16")]
    public void The_products_are_those_of_the_network(string name)
    {
        var architecture = Presets.Architecture(name, 3);
        var model = folder.Export(folder.Network("net", architecture, 64, 64), new Export(), "onnx");
        var layers = GraphWork.Of(model, TestFolder.Vocabulary);
        var graph = model.PathOf(OnnxModel.GraphFile);
        // pooling by a constant matrix is work, though no product of the network
        var counted = GraphCost.Of(OnnxFile.Read(graph), new Shape(1, 3, 64, 64), graph).Macs.Value;
        Assert.InRange(layers.Sum(layer => layer.Macs.Value), counted, counted * 1.05);
        Assert.All(layers, layer => Assert.True(layer.Moved.Value > 0, layer.Name));
        Assert.DoesNotContain(layers, layer => layer.Kind is WorkKind.Int8 or WorkKind.Float16);
        Assert.Contains(layers, layer => layer.Kind == WorkKind.Float32);
    }

    [Fact]
    public void A_depthwise_convolution_is_work_of_its_own_kind()
    {
        var model = folder.Export(folder.Network("net", Presets.Architecture("mobilevit-micro+upernet-16", 3), 64, 64), new Export(), "onnx");
        Assert.Contains(GraphWork.Of(model, TestFolder.Vocabulary), layer => layer.Kind == WorkKind.Grouped && layer.Macs.Value > 0);
    }

    [Fact]
    public void A_convolution_moves_its_picture_its_weights_and_its_result()
    {
        var graph = new GraphWriter(17);
        var weight = graph.Parameter("weight", new Weight(new Shape(8, 3, 3, 3), [.. Enumerable.Range(0, 8 * 27).Select(i => i / 100f)]));
        var output = graph.Node("Conv", "conv", ["image", weight], ("pads", new long[] { 1, 1, 1, 1 }), ("kernel_shape", new long[] { 3, 3 }));
        var model = graph.Finish("one", Info("image"), (output, Info("logits")));
        var layer = Assert.Single(GraphWork.Of(model, new Shape(1, 3, 16, 16), "one"));
        Assert.Equal(16 * 16 * 8 * 27, layer.Macs.Value);
        Assert.Equal(4 * ((3 * 16 * 16) + (8 * 27) + (8 * 16 * 16)), layer.Moved.Value);
        Assert.Equal(WorkKind.Float32, layer.Kind);
    }

    [Fact]
    public void Products_of_a_quantized_graph_are_8_bit_ones_and_move_fewer_bytes()
    {
        var input = QuantizeTests.Artifact(folder, "float", TestGraph.Cnn(48), 48, 5);
        var scenes = new SyntheticDataSource { Width = 48, Height = 48, Train = 8, Validation = 2 };
        var quantized = (OnnxModel)new Quantize { Images = 4, Agreement = 0 }.Apply(input, folder.Context(folder["int8.partial"], scenes), folder["int8"]);
        var (before, after) = (GraphWork.Of(input, TestFolder.Vocabulary), GraphWork.Of(quantized, TestFolder.Vocabulary));
        Assert.Contains(after, layer => layer.Kind == WorkKind.Int8);
        Assert.Equal(before.Sum(layer => layer.Macs.Value), after.Sum(layer => layer.Macs.Value));
        Assert.True(after.Where(layer => layer.Kind == WorkKind.Int8).Sum(layer => layer.Moved.Value) < before.Where(layer => layer.Macs.Value > 0).Sum(layer => layer.Moved.Value));
    }

    private static ValueInfoProto Info(string name) =>
        new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } } };
}
