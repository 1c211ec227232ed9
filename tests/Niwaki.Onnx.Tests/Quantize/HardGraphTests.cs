using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

/// <summary>Graphs that training left in a bad state.</summary>
public class HardGraphTests
{
    private static readonly ValueList<Refinement> All = [new RepqRefinement(), new SmoothQuantRefinement(), new CrossLayerRefinement(), new FixedRangeRefinement(), new WeightScaleRefinement(), new RidgeRefinement(), new GptqRefinement(), new AdaRoundRefinement { Steps = 20 }, new BiasRefinement()];
    private static readonly Scheme[] Schemes = [new StaticScheme(), new StaticScheme { Symmetric = true }, new DynamicScheme { Convolutions = true }, new WeightOnlyScheme(), new WeightOnlyScheme { Bits = 4 }];

    private static ModelProto Set(ModelProto model, string name, Func<int, float, float> value)
    {
        var tensor = model.Graph.Initializer.Single(each => each.Name == name);
        model.Graph.SetInitializer(TensorValues.Of(name, tensor.Shape(), (float[])[.. tensor.Floats().Select((old, i) => value(i, old))]));
        return model;
    }

    private static void Survives(ModelProto model, double least, int pictures = 4)
    {
        using var folder = new TestFolder();
        OnnxFile.Write(folder["a.onnx"], model);
        foreach (var scheme in Schemes)
        {
            OnnxFile.Write(folder["b.onnx"], Quantization.Of(model, new Quantize { First = true, Scheme = scheme, Refinements = All, Images = pictures }, TestGraph.Pictures(pictures, 32), "test", false).Model);
            Assert.InRange(GraphComparison.Of(folder["a.onnx"], folder["b.onnx"], TestGraph.Pictures(2, 32, seed: 99)).SignalToNoise ?? 0, least, 90);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_that_are_no_numbers_are_named(float broken)
    {
        var model = Set(TestGraph.Cnn(), "project.weight", (i, old) => i == 7 ? broken : old);
        foreach (var scheme in Schemes)
        {
            var problem = Assert.Throws<StageException>(() => Quantization.Of(model, new Quantize { Scheme = scheme }, TestGraph.Pictures(1, 32), "test", false));
            Assert.Contains("project.weight", problem.Message, StringComparison.Ordinal);
            Assert.Contains("1 of the 512", problem.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Channels_of_zeros_stay_zero() => Survives(Set(Set(Set(TestGraph.Cnn(), "expand.weight", (i, old) => i / 16 % 3 == 0 ? 0 : old), "expand.bias", (i, old) => i % 3 == 0 ? 0 : old), "deep.weight", (_, _) => 0), 15);

    [Fact]
    public void A_dead_layer_gives_the_same_number_everywhere() => Survives(Set(Set(TestGraph.Cnn(), "down.weight", (_, _) => 0), "down.bias", (_, _) => -1), 15);

    [Fact]
    public void A_LayerNorm_without_gain_is_left_in_peace() => Survives(Set(TestGraph.Transformer(), TestGraph.Transformer().Graph.Node.First(node => node.OpType == "LayerNormalization").Input[1], (_, _) => 0), 10);

    [Fact]
    public void One_picture_is_enough_to_calibrate() => Survives(TestGraph.Transformer(), 12, pictures: 1);

    [Fact]
    public void A_graph_without_products_has_nothing_to_quantize()
    {
        var graph = new TestGraph(32);
        var model = graph.Output(graph.Relu("image"), null, 3, 32, 32);
        foreach (var scheme in Schemes)
        {
            var quantization = Quantization.Of(model, new Quantize { Scheme = scheme, Refinements = All }, TestGraph.Pictures(1, 32), "test", false);
            Assert.Empty(quantization.Plan.Decisions);
        }

        using var folder = new TestFolder();
        var problem = Assert.Throws<StageException>(() => new Quantize { Images = 2 }.Apply(QuantizeTests.Artifact(folder, "float", model, 32, 3), folder.Context(folder["int8.partial"], new Niwaki.Vision.SyntheticDataSource { Width = 32, Height = 32, Train = 2, Validation = 2 }), folder["int8"]));
        Assert.Contains("nothing to quantize", problem.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["int8"]));
    }
}
