using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class NetworkGraphTests
{
    public static TheoryData<string, int, int> Networks() => new()
    {
        { "swin-micro+upernet-16", 72, 88 },
        { "swin-micro+linear", 64, 64 },
        { "swinv2-micro+upernet-16", 72, 88 },
        { "swinv2-micro+linear", 64, 64 },
        { "mobilevitv2-micro+upernet-16", 72, 88 },
        { "mobilevitv2-micro+linear", 64, 64 },
        { "resnet-50-micro+upernet-16", 68, 100 },
        { "mobilevit-micro+upernet-16", 64, 96 },
        { "mobilevit-micro+linear", 72, 64 },
        { "mobilevit-micro+deeplabv3-16", 72, 64 },
        { "resnet-micro+upernet-16", 68, 100 },
        { "resnet-micro+fpn-16", 68, 100 },
        { "swin-micro+fpn-16+fcn-8", 64, 72 },
        { "resnet-micro+linear", 64, 64 },
        { "deit-tiny-distilled+linear", 32, 48 },
        { "vit-tiny-16+linear", 32, 32 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_whole_network_gives_the_numbers_of_plain_loops_in_both_operator_sets_at_any_batch(string name, int height, int width)
    {
        var architecture = Small(name);
        var weights = RandomWeights.Of(architecture, height, width);
        var shape = new Shape(3, 3, height, width);
        var images = RandomWeights.Image(shape);
        var expected = ReferenceOps.Run(architecture, weights, new Weight(shape, images)).Values;
        foreach (var opset in new[] { 13, 17 })
        {
            var model = new NetworkGraph { Opset = opset }.Write(architecture, weights, height, width);
            Running.Same(expected, Running.Floats(model, images, shape), 1e-5, $"{name}, opset {opset}, batch 3");
            Running.Same(expected[..(expected.Length / 3)], Running.Floats(model, images[..(images.Length / 3)], shape.With(0, 1)), 1e-5, $"{name}, opset {opset}, batch 1");
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void No_node_and_no_constant_is_dead_and_names_are_unique(string name, int height, int width)
    {
        var architecture = Small(name);
        var graph = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, height, width), height, width).Graph;
        var read = graph.Node.SelectMany(node => node.Input).Concat(graph.Output.Select(output => output.Name)).ToHashSet(StringComparer.Ordinal);
        Assert.All(graph.Node, node => Assert.Contains(node.Output[0], read));
        Assert.All(graph.Initializer, tensor => Assert.Contains(tensor.Name, read));
        Assert.Equal(graph.Node.Count, graph.Node.Select(node => node.Name).Distinct().Count());
        Assert.Equal(graph.Initializer.Count, graph.Initializer.Select(tensor => tensor.Name).Distinct().Count());
        Assert.DoesNotContain(graph.Node, node => node.OpType is "BatchNormalization" or "Identity" or "Constant");
    }

    [Fact]
    public void Layers_and_initializers_have_the_names_of_the_network()
    {
        var architecture = Presets.Architecture("mobilevit-micro+upernet-16", 3);
        var weights = RandomWeights.Of(architecture, 64, 64);
        var graph = new NetworkGraph().Write(architecture, weights, 64, 64).Graph;
        var layers = weights.Keys.Where(key => key.EndsWith(".weight", StringComparison.Ordinal) && weights[key].Shape.Rank > 1).Select(key => key[..^".weight".Length]).ToArray();
        Assert.All(layers, layer => Assert.Contains(graph.Node, node => node.Name == layer && node.Input[1] == $"{layer}.weight"));
    }

    [Fact]
    public void The_same_network_gives_the_same_bytes()
    {
        var architecture = Presets.Architecture("swin-micro+upernet-16", 3);
        Assert.Equal(Bytes(), Bytes());

        byte[] Bytes()
        {
            using var stream = new MemoryStream();
            using var coded = new Google.Protobuf.CodedOutputStream(stream, leaveOpen: true);
            new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 64, 64), 64, 64).WriteTo(coded);
            coded.Flush();
            return stream.ToArray();
        }
    }

    [Fact]
    public void An_auxiliary_head_is_left_out()
    {
        var architecture = Presets.Architecture("resnet-micro+fpn-16+fcn-8", 3);
        var weights = RandomWeights.Of(architecture, 64, 64);
        var graph = new NetworkGraph().Write(architecture, weights, 64, 64);
        Assert.Contains(weights.Keys, name => name.StartsWith("auxiliary.", StringComparison.Ordinal));
        Assert.Equal(new NetworkGraph().Write(architecture.WithoutAuxiliary(), weights, 64, 64), graph);
    }

    [Fact]
    public void A_fixed_batch_is_in_the_shapes_and_an_open_one_has_a_name()
    {
        var architecture = Presets.Architecture("resnet-micro+upernet-16", 3);
        var weights = RandomWeights.Of(architecture, 64, 64);
        Assert.Equal(2, Batch(new NetworkGraph { Batch = 2 }).DimValue);
        Assert.Equal("batch", Batch(new NetworkGraph()).DimParam);

        TensorShapeProto.Types.Dimension Batch(NetworkGraph graph) => graph.Write(architecture, weights, 64, 64).Graph.Output[0].Type.TensorType.Shape.Dim[0];
    }

    // the published depth of a ViT is too much for plain loops in a unit test
    private static Architecture Small(string name)
    {
        var architecture = Presets.Architecture(name, 3);
        return architecture.Backbone is VitBackbone vit ? architecture with { Backbone = vit with { Blocks = [.. vit.Blocks.Take(2)] } } : architecture;
    }
}
