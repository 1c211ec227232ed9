using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class OnnxOpsTests
{
    public static TheoryData<string, int> Operations() =>
        [.. OneOpHead.Operations.SelectMany(operation => new[] { 13, 17, 20 }.Select(opset => (operation, opset)))];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_operation_gives_the_numbers_of_plain_loops_at_any_batch(string operation, int opset)
    {
        var architecture = new Architecture(new NoBackbone(), new OneOpHead(operation), 3);
        foreach (var (height, width) in new[] { (8, 12), (14, 6) })
        {
            var weights = RandomWeights.Of(architecture, height, width, seed: height);
            var model = new NetworkGraph { Opset = opset }.Write(architecture, weights, height, width);
            foreach (var batch in new[] { 1, 3 })
            {
                var shape = new Shape(batch, 3, height, width);
                var image = RandomWeights.Image(shape, seed: batch);
                var expected = ReferenceOps.Run(architecture, weights, new Weight(shape, image));
                Running.Same(expected.Values, Running.Floats(model, image, shape), 1e-5, $"{operation}, opset {opset}, {shape}");
            }
        }
    }

    [Theory]
    [InlineData(7, 14, 14f / 7)]
    [InlineData(3, 7, 7f / 3)]
    [InlineData(13, 224, 224f / 13)]
    public void A_resize_scale_always_gives_the_size_that_was_asked_for(int from, int to, float about)
    {
        var scale = Resizing.Scale(from, to);
        Assert.Equal(about, scale, 1e-5f);
        Assert.Equal(to, (int)(scale * from));
    }

    [Fact]
    public void A_resize_scale_gives_the_size_for_every_pair_up_to_128()
    {
        for (var from = 1; from <= 128; from++)
        {
            for (var to = 1; to <= 128; to++)
            {
                var scale = Resizing.Scale(from, to);
                Assert.Equal(to, (int)MathF.Floor(scale * from));
                Assert.Equal(to, (int)Math.Floor((double)scale * from));
            }
        }
    }

    [Fact]
    public void Only_the_operators_of_the_operator_set_are_used()
    {
        var architecture = Presets.Architecture("swin-micro+upernet-16", 3);
        var weights = RandomWeights.Of(architecture, 64, 64);
        var old = Types(13);
        Assert.DoesNotContain("LayerNormalization", old);
        Assert.DoesNotContain("Gelu", old);
        Assert.Contains("LayerNormalization", Types(17));
        Assert.DoesNotContain("Gelu", Types(17));
        Assert.Contains("Gelu", Types(20));

        HashSet<string> Types(int opset) => [.. new NetworkGraph { Opset = opset }.Write(architecture, weights, 64, 64).Graph.Node.Select(node => node.OpType)];
    }

    [Theory]
    [InlineData("blocks")]
    [InlineData("cosine-blocks")]
    public void A_swin_block_moves_its_tokens_once(string blocks)
    {
        var architecture = new Architecture(new NoBackbone(), new OneOpHead(blocks), 3);
        var graph = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 8, 12), 8, 12).Graph;
        Assert.Equal(3, graph.Node.Count(node => node.OpType == "Gather")); // into the first windows, on to the second, back to the grid
        Assert.DoesNotContain(graph.Node, node => node.OpType is "Slice" or "Concat");
    }

    [Fact]
    public void Position_biases_of_a_Swin_v2_are_constants()
    {
        var architecture = new Architecture(new NoBackbone(), new OneOpHead("cosine-shifted"), 3);
        var graph = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 8, 12), 8, 12).Graph;
        Assert.DoesNotContain(graph.Node, node => node.OpType is "Sigmoid" or "Exp" or "Relu");
        Assert.DoesNotContain(graph.Initializer, tensor => tensor.Name.Contains("position_weight", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, -200)]
    [InlineData(4.6, -100)]
    public void A_mask_hides_its_pairs_whatever_the_scale_of_the_scores(double logScale, float expected)
    {
        var architecture = new Architecture(new NoBackbone(), new OneOpHead("cosine-shifted"), 3);
        var weights = new Dictionary<string, Weight>(RandomWeights.Of(architecture, 8, 12));
        weights["attn.logit_scale"] = weights["attn.logit_scale"] with { Values = [0, 0, (float)logScale] };
        var graph = new NetworkGraph { Passes = [] }.Write(architecture, weights, 8, 12).Graph;
        Assert.Equal(expected, graph.Initializer.Single(tensor => tensor.Name.Contains("window_mask", StringComparison.Ordinal)).Floats().Min());
    }

    [Theory]
    [InlineData(20)]
    [InlineData(40)]
    public void Scores_as_far_apart_as_a_trained_network_has_them_stay_hidden_behind_the_mask(float factor)
    {
        var architecture = new Architecture(new NoBackbone(), new OneOpHead("attention-shifted"), 3);
        var weights = new Dictionary<string, Weight>(RandomWeights.Of(architecture, 8, 12));
        weights["q.weight"] = weights["q.weight"] with { Values = [.. weights["q.weight"].Values.Select(value => value * factor)] };
        var shape = new Shape(1, 3, 8, 12);
        var image = RandomWeights.Image(shape);
        var expected = ReferenceOps.Run(architecture, weights, new Weight(shape, image));
        Running.Same(expected.Values, Running.Floats(new NetworkGraph().Write(architecture, weights, 8, 12), image, shape), 1e-5, $"scores of {factor} times the size");
    }

    [Theory]
    [InlineData(1, -200)]
    [InlineData(400, -100)]
    public void A_network_that_sees_through_its_mask_keeps_it_in_the_graph(float factor, float expected)
    {
        using var folder = new TestFolder();
        var architecture = new Architecture(new SwinBackbone([SwinStage.Uniform(8, 2, 2, 4)]), new LinearHead(), 3);
        var weights = new Dictionary<string, Weight>(RandomWeights.Of(architecture, 32, 48));
        const string Query = "backbone.stages.0.blocks.1.attn.q.weight";
        weights[Query] = weights[Query] with { Values = [.. weights[Query].Values.Select(value => value * factor)] };
        ModelFiles.WriteNetwork(folder["net.partial"], architecture, weights, new Preprocess(48, 32), TestFolder.Classes, TestFolder.Vocabulary);
        var network = ArtifactStore.Seal<TorchModel>(folder["net.partial"], folder["net"], [], TestFolder.Vocabulary);
        var graph = OnnxFile.Read(folder.Export(network, new Export(), "onnx").PathOf(OnnxModel.GraphFile)).Graph;
        Assert.Equal(expected, graph.Initializer.Where(tensor => tensor.DataType == (int)TensorProto.Types.DataType.Float && tensor.Dims.Count == 4 && tensor.Dims[^1] == 16).SelectMany(tensor => tensor.Floats()).Min(), 5f);
    }

    [Fact]
    public void Scores_are_scaled_by_the_weights_of_q()
    {
        var architecture = new Architecture(new NoBackbone(), new OneOpHead("attention"), 3);
        var weights = RandomWeights.Of(architecture, 8, 12);
        var graph = new NetworkGraph().Write(architecture, weights, 8, 12).Graph;
        Assert.DoesNotContain(graph.Node, node => node.OpType == "Mul");
        var q = graph.Initializer.Single(tensor => tensor.Name == "q.weight").Floats();
        Assert.Equal(weights["q.weight"].Values.Select(value => (float)(value * 0.4f)), q, (x, y) => Math.Abs(x - y) < 1e-7);
    }
}
