using System.Text.Json;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Onnx.Tests;

public class SchemeTests
{
    private static readonly Quantize Everything = new() { First = true, Images = 8 };

    private static Quantization Run(ModelProto model, Scheme scheme) => Quantization.Of(model, Everything with { Scheme = scheme }, TestGraph.Pictures(8, 32), "test", reduceRange: false);

    private static double Signal(ModelProto model, Scheme scheme) => RefinementTests.Signal(model, Everything with { Scheme = scheme });

    private static int Count(ModelProto model, string op) => model.Graph.Node.Count(node => node.OpType == op);

    [Fact]
    public void A_dynamic_graph_scales_its_activations_while_running()
    {
        var model = TestGraph.Transformer();
        var quantized = Run(model, new DynamicScheme()).Model;
        Assert.Equal(13, Count(quantized, "DynamicQuantizeMatMul"));
        Assert.Equal(1, Count(quantized, "Conv"));
        Assert.InRange(Signal(model, new DynamicScheme()), 30, 70);
        Assert.InRange(Signal(model, new DynamicScheme { PerChannel = false }), 28, 70);
        // every picture has its own range: one that is far brighter than those before stays whole
        using var folder = new TestFolder();
        OnnxFile.Write(folder["a.onnx"], model);
        OnnxFile.Write(folder["b.onnx"], quantized);
        Assert.InRange(GraphComparison.Of(folder["a.onnx"], folder["b.onnx"], [[.. TestGraph.Pictures(1, 32)[0].Select(value => 50 * value)]]).SignalToNoise!.Value, 25, 70);
    }

    [Fact]
    public void Convolutions_can_be_dynamic_too()
    {
        var model = TestGraph.Cnn();
        var scheme = new DynamicScheme { Convolutions = true };
        var quantized = Run(model, scheme);
        Assert.Equal(8, Count(quantized.Model, "ConvInteger"));
        // what reads one value shares its codes
        Assert.Equal(7, Count(quantized.Model, "DynamicQuantizeLinear"));
        Assert.Contains(quantized.Plan.Decisions, decision => decision is { Node: "depthwise", Int8: false, Reason: "a convolution in groups" });
        Assert.InRange(Signal(model, scheme), 28, 70);
        Assert.All(Run(model, new DynamicScheme()).Plan.Decisions, decision => Assert.Equal("a convolution", decision.Reason));
    }

    [Theory]
    [InlineData(8, false, 35)]
    [InlineData(4, false, 18)]
    [InlineData(4, true, 15)]
    public void Weights_alone_can_have_fewer_bits(int bits, bool symmetric, double least)
    {
        var model = TestGraph.Transformer();
        var scheme = new WeightOnlyScheme { Bits = bits, Symmetric = symmetric, Block = 16 };
        var quantized = Run(model, scheme).Model;
        Assert.Equal(bits == 4 ? 13 : 0, Count(quantized, "MatMulNBits"));
        Assert.Equal(bits == 4 ? 1 : 14, Count(quantized, "DequantizeLinear"));
        Assert.Equal(0, Count(quantized, "QuantizeLinear"));
        Assert.InRange(Signal(model, scheme), least, 70);
        var share = (double)quantized.CalculateSize() / model.CalculateSize();
        Assert.InRange(share, 0.1, bits == 4 ? 0.45 : 0.5);
    }

    [Fact]
    public void A_width_that_no_block_divides_is_padded_and_products_may_run_in_8_bits()
    {
        var graph = new TestGraph(8);
        var rows = graph.Transpose(graph.Reshape("image", -1, 3, 64), 0, 2, 1);
        var model = graph.Output(graph.Linear(graph.Linear(rows, 3, 37), 37, 19), null, 64, 19);
        Assert.InRange(Signal(model, new WeightOnlyScheme { Bits = 4, Block = 16 }, 8), 15, 70);
        Assert.InRange(Signal(model, new WeightOnlyScheme { Bits = 4, Block = 32, Int8Products = true }, 8), 15, 70);

        static double Signal(ModelProto model, Scheme scheme, int size) => RefinementTests.Signal(model, Everything with { Scheme = scheme }, size);
    }

    [Fact]
    public void Gptq_knows_blocks_and_dynamic_scales()
    {
        var model = TestGraph.Transformer();
        foreach (var scheme in new Scheme[] { new WeightOnlyScheme { Bits = 4, Block = 16 }, new WeightOnlyScheme { Bits = 4, Symmetric = true } })
            Assert.True(RefinementTests.Signal(model, Everything with { Scheme = scheme, Refinements = [new GptqRefinement()] }) > RefinementTests.Signal(model, Everything with { Scheme = scheme, Refinements = [] }) + 1);
        Assert.InRange(RefinementTests.Signal(model, Everything with { Scheme = new DynamicScheme(), Refinements = [new RidgeRefinement(), new GptqRefinement(), new BiasRefinement()] }), 30, 70);
    }

    [Theory]
    [InlineData("swin-micro+upernet-16")]
    [InlineData("mobilevit-micro+upernet-16")]
    public void Every_scheme_follows_the_float_graph_of_an_exported_network(string name)
    {
        var architecture = Presets.Architecture(name, 3);
        var model = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 64, 64), 64, 64);
        var linear = model.Graph.Node.Count(node => node.OpType == "Gemm");
        foreach (var (scheme, least) in new (Scheme, double)[] { (new StaticScheme(), 15), (new StaticScheme { Symmetric = true }, 12), (new DynamicScheme(), 24), (new DynamicScheme { Convolutions = true }, 15), (new WeightOnlyScheme(), 28), (new WeightOnlyScheme { Bits = 4 }, 10) })
        {
            var options = Everything with { Scheme = scheme };
            Assert.InRange(RefinementTests.Signal(model, options, 64), least, 70);
            if (scheme is DynamicScheme or WeightOnlyScheme { Bits: 4 })
                Assert.Equal(linear, Quantization.Of(model, options, TestGraph.Pictures(1, 64), "test", false).Model.Graph.Node.Count(node => node.OpType is "DynamicQuantizeMatMul" or "MatMulNBits"));
        }
    }

    [Fact]
    public void A_foreign_graph_takes_every_scheme_and_refinement()
    {
        var model = OnnxFile.Read(Shared.Model("topformer-lpcv/tiny_288_8tp_3trans_dist-682.onnx"));
        var pictures = TestGraph.Pictures(2, 288);
        using var folder = new TestFolder();
        OnnxFile.Write(folder["a.onnx"], model);
        foreach (var scheme in new Scheme[] { new StaticScheme(), new DynamicScheme { Convolutions = true }, new WeightOnlyScheme { Bits = 4 } })
        {
            OnnxFile.Write(folder["b.onnx"], Quantization.Of(model, new Quantize { Scheme = scheme, Images = 2, Refinements = [new RepqRefinement(), new SmoothQuantRefinement(), new CrossLayerRefinement(), new RidgeRefinement(), new GptqRefinement(), new BiasRefinement()] }, pictures, "test", false).Model);
            Assert.InRange(GraphComparison.Of(folder["a.onnx"], folder["b.onnx"], pictures).Agreement, 0.75, 1);
        }
    }

    [Fact]
    public void Symmetric_activations_are_int8_around_zero()
    {
        var model = TestGraph.Transformer();
        var scheme = new StaticScheme { Symmetric = true };
        var quantized = Run(model, scheme).Model;
        Assert.InRange(Signal(model, scheme), 22, 60);
        foreach (var node in quantized.Graph.Node.Where(node => node.OpType == "QuantizeLinear"))
        {
            var zero = quantized.Graph.Initializer.Single(tensor => tensor.Name == node.Input[2]);
            Assert.Equal((TensorProto.Types.DataType.Int8, 0), (zero.Type(), zero.Longs()[0]));
        }
    }

    [Fact]
    public void Fewer_bits_are_simulated_with_as_many_codes_and_lose_more_the_fewer_they_are()
    {
        var model = TestGraph.Cnn(activation: "Silu");
        var signals = new[] { 8, 6, 4 }.Select(bits => Signal(model, new StaticScheme { WeightBits = bits, ActivationBits = bits })).ToArray();
        Assert.True(signals[0] > signals[1] + 6 && signals[1] > signals[2] + 4, string.Join(", ", signals));
        var quantization = Run(model, new StaticScheme { WeightBits = 4, ActivationBits = 6 });
        Assert.All(quantization.Weights.Values, layer => Assert.All(layer.Codes, code => Assert.InRange(code, -7, 7)));
        // no value that goes into a product has more than 64 different numbers
        var values = quantization.Plan.Products.Select(product => product.Node.Input[0]).Distinct().ToArray();
        using var probe = new GraphProbe(quantization.Model, values, "test");
        probe.Run(TestGraph.Pictures(1, 32)[0], values, GraphProbe.Layouts(quantization.Model, "test"), (value, data, _) => Assert.InRange(data.ToArray().Distinct().Count(), 2, 64));
    }

    [Fact]
    public void A_simulation_says_so_everywhere_and_what_is_none_does_not()
    {
        using var folder = new TestFolder();
        var data = new SyntheticDataSource { Width = 32, Height = 32, Train = 4, Validation = 2 };
        var input = QuantizeTests.Artifact(folder, "float", TestGraph.Cnn(32), 32, 5);
        foreach (var (name, scheme) in new (string, Scheme)[] { ("simulated", new StaticScheme { WeightBits = 4, ActivationBits = 6 }), ("real", new StaticScheme()), ("dynamic", new DynamicScheme { Convolutions = true }), ("weights", new WeightOnlyScheme()) })
        {
            var context = folder.Context(folder[name + ".partial"], data);
            var before = folder.Said.Count;
            var output = (OnnxModel)new Quantize { Scheme = scheme, Agreement = 0, Images = 4 }.Apply(input, context, folder[name]);
            var isSimulated = name == "simulated";
            using var metadata = JsonDocument.Parse(OnnxFile.Read(output.PathOf(OnnxModel.GraphFile)).Metadata(Quantize.MetadataKey)!);
            Assert.Equal(isSimulated ? "W4A6" : null, metadata.RootElement.TryGetProperty("simulated", out var simulated) ? simulated.GetString() : null);
            var report = TestFolder.Vocabulary.Read<QuantizationReport>(File.ReadAllText(output.PathOf(Quantize.ReportFile)), "report");
            Assert.Equal(isSimulated ? "W4A6" : null, report.Simulated);
            Assert.Equal(isSimulated, folder.Said.Skip(before).Any(line => line.Contains("Simulation of W4A6", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (var scheme in new Scheme[] { new StaticScheme { WeightBits = 1 }, new StaticScheme { ActivationBits = 9 }, new WeightOnlyScheme { Bits = 5 }, new WeightOnlyScheme { Block = 48 }, new WeightOnlyScheme { Block = 8 } })
            Assert.Contains(Catalog.NameOf(scheme.GetType(), typeof(Scheme)), Assert.Throws<StageException>(scheme.Validate).Message, StringComparison.Ordinal);
    }
}
