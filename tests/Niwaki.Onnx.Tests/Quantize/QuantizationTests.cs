using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public class QuantizationTests
{
    private static readonly Quantize Everything = new() { First = true, MinLinearMacs = new Macs(0) };

    private static Quantization Run(ModelProto model, Quantize options, int size = 32) => Quantization.Of(model, options, TestGraph.Pictures(8, size), "test", reduceRange: false);

    private static GraphComparison Compare(ModelProto model, ModelProto changed, int size = 32)
    {
        using var folder = new TestFolder();
        OnnxFile.Write(folder["a.onnx"], model);
        OnnxFile.Write(folder["b.onnx"], changed);
        return GraphComparison.Of(folder["a.onnx"], folder["b.onnx"], TestGraph.Pictures(4, size, seed: 99));
    }

    private static Dictionary<string, int> Fused(ModelProto model)
    {
        using var folder = new TestFolder();
        using (new OrtRuntime { OptimizedGraph = folder["fused.onnx"] }.Open(model, "test"))
        {
        }

        return OnnxFile.Read(folder["fused.onnx"]).Graph.Node.GroupBy(node => node.OpType).ToDictionary(group => group.Key, group => group.Count());
    }

    [Theory]
    [InlineData("Relu", 27)]
    [InlineData("Silu", 27)]
    public void A_small_CNN_keeps_its_signal_and_every_convolution_runs_in_8_bits(string activation, double ratio)
    {
        var model = TestGraph.Cnn(activation: activation);
        var quantization = Run(model, Everything);
        Assert.InRange(Compare(model, quantization.Model).SignalToNoise!.Value, ratio, 60);
        var fused = Fused(quantization.Model);
        Assert.Equal(9, fused["QLinearConv"]);
        Assert.False(fused.ContainsKey("Conv"));
        Assert.Equal(1, fused["QLinearAdd"]);
        Assert.False(fused.ContainsKey("Add"));
    }

    [Fact]
    public void Between_convolutions_nothing_goes_back_to_float()
    {
        // the input, the output, and a bilinear resize, which is faster and rounds once in float
        var fused = Fused(Run(TestGraph.Cnn(), Everything).Model);
        Assert.Equal(2, fused["QuantizeLinear"]);
        Assert.Equal(2, fused["DequantizeLinear"]);
        Assert.False(fused.ContainsKey("Relu"));
    }

    [Fact]
    public void A_first_convolution_that_is_pooled_runs_in_8_bits_so_that_its_pooling_is_fast()
    {
        var architecture = Presets.Architecture("resnet-micro+linear", 3);
        var quantization = Run(new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 32, 32), 32, 32), new Quantize());
        Assert.True(quantization.Plan.Decisions.First(decision => decision.Op == "Conv").Int8);
        var fused = Fused(quantization.Model);
        Assert.False(fused.ContainsKey("MaxPool"));
        Assert.Equal(1, fused["NhwcMaxPool"]);
    }

    [Fact]
    public void What_only_moves_shares_its_scale()
    {
        var quantization = Run(TestGraph.Cnn(), Everything);
        var concat = quantization.Model.Graph.Node.Single(node => node.OpType == "Concat");
        var scales = concat.Input.Select(input => quantization.Model.Graph.Node.Single(node => node.Output.Contains(input)).Input[1]).Distinct();
        Assert.Single(scales);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_small_transformer_keeps_its_signal(bool attention)
    {
        var model = TestGraph.Transformer();
        var quantization = Run(model, Everything with { Attention = attention });
        Assert.InRange(Compare(model, quantization.Model).SignalToNoise!.Value, 24, 60);
        var fused = Fused(quantization.Model);
        Assert.Equal(13, fused["QGemm"]);
        Assert.Equal(attention ? 4 : 0, fused.GetValueOrDefault("QLinearMatMul") + fused.GetValueOrDefault("MatMulIntegerToFloat"));
        // residual sums stay in float
        Assert.Equal(4, quantization.Model.Graph.Node.Count(node => node.OpType == "Add" && quantization.Plan.Products.All(product => product.Node != node) && !quantization.Plan.Chose(node) && node.Input.All(input => !input.Contains("scalar", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_quantized_graph_still_takes_a_batch()
    {
        foreach (var model in new[] { TestGraph.Transformer(), TestGraph.Cnn() })
        {
            var quantized = Run(model, Everything).Model;
            var layouts = GraphProbe.Layouts(quantized, "test");
            Assert.True(layouts[quantized.Graph.Output[0].Name].Varies[0]);
        }
    }

    [Fact]
    public void Excluded_nodes_keep_their_float_weights_and_are_reported()
    {
        var model = TestGraph.Cnn();
        var quantization = Run(model, Everything with { Exclude = ["class*", "d?pthwise"] });
        foreach (var name in new[] { "classifier", "depthwise" })
        {
            var node = quantization.Model.Graph.Node.Single(node => node.Name == name);
            Assert.Equal(TensorProto.Types.DataType.Float, quantization.Model.Graph.Initializer.Single(tensor => tensor.Name == node.Input[1]).Type());
            var decision = quantization.Report(8, false).Nodes.Single(each => each.Node == name);
            Assert.False(decision.Int8);
            Assert.Contains("excluded", decision.Reason, StringComparison.Ordinal);
        }

        Assert.Contains(quantization.Report(8, false).Summary(), line => line.Contains("depthwise", StringComparison.Ordinal));
    }

    [Fact]
    public void First_last_and_small_layers_can_stay_in_float()
    {
        var quantization = Run(TestGraph.Cnn(), new Quantize { First = false, Last = false });
        Assert.Equal(["classifier", "stem"], quantization.Plan.Decisions.Where(each => !each.Int8).Select(each => each.Node).Order());
        quantization = Run(TestGraph.Transformer(), Everything with { MinLinearMacs = new Macs(100_000) });
        Assert.All(quantization.Plan.Decisions.Where(each => each.Op is "Gemm" or "MatMul"), each => Assert.Equal(each.Macs.Value >= 100_000 && !each.Reason.Contains("attention", StringComparison.Ordinal), each.Int8));
    }

    [Fact]
    public void Bias_correction_brings_the_mean_of_each_channel_back()
    {
        // one layer whose weights are all a third of a step off: without correction its outputs shift
        var graph = new TestGraph(8, channels: 4);
        var weights = Enumerable.Range(0, 8).Select(i => i % 4 == 0 ? 1.27f : 0.0033f).ToArray();
        graph.Constant("weight", new Shape(2, 4, 1, 1), weights);
        var output = graph.Add("Conv", ["image", "weight"], name: "conv");
        var model = graph.Output(output, null, 2, 8, 8);
        var random = new Random(1);
        var pictures = Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, 4 * 64).Select(_ => 10 + random.NextSingle()).ToArray()).ToList();
        double Shift(bool correct)
        {
            var quantized = Quantization.Of(model, Everything with { Refinements = correct ? [new BiasRefinement()] : [], Calibrator = new MinMaxCalibrator() }, pictures, "test", false).Model;
            using var before = new OrtRuntime().Open(model, "a");
            using var after = new OrtRuntime().Open(quantized, "b");
            using var options = new Microsoft.ML.OnnxRuntime.RunOptions();
            using var fed = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(pictures[0], [1, 4, 8, 8]);
            using var expected = before.Run(options, ["image"], [fed], [output]);
            using var actual = after.Run(options, ["image"], [fed], [output]);
            return Math.Abs(System.Numerics.Tensors.TensorPrimitives.Average(expected[0].GetTensorDataAsSpan<float>()) - System.Numerics.Tensors.TensorPrimitives.Average(actual[0].GetTensorDataAsSpan<float>()));
        }

        Assert.True(Shift(true) < Shift(false) / 5, $"{Shift(true)} against {Shift(false)}");
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes()
    {
        using var folder = new TestFolder();
        foreach (var name in new[] { "a", "b" })
            OnnxFile.Write(folder[name], Run(TestGraph.Cnn(activation: "Silu"), new Quantize()).Model);
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
    }

    [Fact]
    public void A_bias_that_int32_could_not_hold_raises_its_channels_scale()
    {
        var graph = new TestGraph(8);
        graph.Constant("weight", new Shape(2, 3, 1, 1), [1e-12f, 0, 0, 1, 1, 1]);
        graph.Constant("bias", new Shape(2), [5, 0.1f]);
        var model = graph.Output(graph.Add("Conv", ["image", "weight", "bias"], name: "conv"), null, 2, 8, 8);
        Assert.InRange(Compare(model, Run(model, Everything, 8).Model, 8).SignalToNoise!.Value, 30, 100);
    }

    [Fact]
    public void A_graph_that_is_not_finite_is_refused_with_the_values_name()
    {
        var graph = new TestGraph(8);
        var model = graph.Output(graph.Conv(graph.Add("Div", [graph.Conv("image", 3, 4, 1), graph.Scalar(0)]), 4, 2, 1), null, 2, 8, 8);
        var problem = Assert.Throws<StageException>(() => Run(model, Everything, 8));
        Assert.Contains("not finite", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Opset_11_is_lifted_to_13_with_the_same_function()
    {
        var graph = new TestGraph(8, opset: 11);
        var squeezed = graph.Add("Squeeze", [graph.Add("ReduceSum", [graph.Conv("image", 3, 4, 1)], node => node.With("axes", new long[] { 3 }).With("keepdims", 1))], node => node.With("axes", new long[] { 3 }));
        var split = new NodeProto { OpType = "Split", Name = "split", Input = { squeezed }, Output = { "left", "right" } };
        graph.Model.Graph.Node.Add(split.With("axis", 1).With("split", new long[] { 1, 3 }));
        var model = graph.Output(graph.Add("Softmax", ["right"], node => node.With("axis", 2)), null, 3, 8);
        var lifted = model.Clone();
        OpsetConversion.Apply(lifted, 13, "test");
        Assert.Equal(13, lifted.OpsetImport[0].Version);
        Assert.True(Compare(model, lifted, 8).SignalToNoise > 200);
    }

    [Fact]
    public void Nodes_may_have_the_names_of_their_values()
    {
        var model = TestGraph.Cnn();
        var names = model.Graph.Node.ToDictionary(node => node.Output[0], node => node.Name, StringComparer.Ordinal);
        foreach (var node in model.Graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = names.GetValueOrDefault(node.Input[i], node.Input[i]);
            node.Output[0] = node.Name;
        }

        model.Graph.Output[0].Name = names[model.Graph.Output[0].Name];
        var quantized = Quantization.Of(model, new Quantize { First = true }, TestGraph.Pictures(2, 32), "test", false).Model;
        Assert.Equal(quantized.Graph.Node.Count, quantized.Graph.Node.Select(node => node.Name).Distinct().Count());
        new OrtRuntime().Open(quantized, "test").Dispose();
    }
}
