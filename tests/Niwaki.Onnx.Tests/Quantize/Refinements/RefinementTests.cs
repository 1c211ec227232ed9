using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public class RefinementTests
{
    private static readonly Quantize Everything = new() { First = true, Refinements = [], Calibrator = new MinMaxCalibrator(), Images = 8 };

    internal static double Signal(ModelProto model, Quantize options, int size = 32)
    {
        using var folder = new TestFolder();
        OnnxFile.Write(folder["a.onnx"], model);
        OnnxFile.Write(folder["b.onnx"], Quantization.Of(model, options, TestGraph.Pictures(8, size), "test", reduceRange: false).Model);
        return GraphComparison.Of(folder["a.onnx"], folder["b.onnx"], TestGraph.Pictures(4, size, seed: 99)).SignalToNoise!.Value;
    }

    /// <summary>Runs one refinement on a float graph; that both graphs compute the same is checked there.</summary>
    private static (ModelProto Model, IReadOnlyList<string> Said) Rewrite(ModelProto model, Refinement refinement, int size = 32)
    {
        var copy = model.Clone();
        var rewriting = new FloatRewriting(copy, TestGraph.Pictures(2, size), "test");
        rewriting.Run(refinement);
        return (copy, rewriting.Said);
    }

    private static void Multiply(ModelProto model, string name, Func<int, double> factor)
    {
        var tensor = model.Graph.Initializer.Single(each => each.Name == name);
        model.Graph.SetInitializer(TensorValues.Of(name, tensor.Shape(), (float[])[.. tensor.Floats().Select((value, i) => (float)(value * factor(i)))]));
    }

    /// <summary>A transformer some of whose normalized channels are far larger than the others, and read with small weights, as in trained ones.</summary>
    private static ModelProto WithOutliers(bool decomposed = false)
    {
        var model = decomposed ? Decomposed(TestGraph.Transformer()) : TestGraph.Transformer();
        foreach (var node in model.Graph.Node.Where(node => decomposed ? node.Name.EndsWith(".gain", StringComparison.Ordinal) : node.OpType == "LayerNormalization"))
        {
            Multiply(model, node.Input[1], i => i % 11 == 3 ? 60 : 1);
            foreach (var reader in Products(model, decomposed ? model.Graph.Node.Single(each => each.Input.Contains(node.Output[0])).Output[0] : node.Output[0]))
                Multiply(model, reader.Input[1], i => i / reader.Width % 11 == 3 ? 1.0 / 60 : 1);
        }

        return model;
    }

    private static IEnumerable<(string[] Input, int Width)> Products(ModelProto model, string value) =>
        model.Graph.Node.Where(node => node.OpType == "MatMul" && node.Input[0] == value).Select(node => (node.Input.ToArray(), (int)model.Graph.Initializer.Single(tensor => tensor.Name == node.Input[1]).Dims[1]));

    /// <summary>LayerNorm as PyTorch's exporter wrote it before opset 17.</summary>
    private static ModelProto Decomposed(ModelProto model)
    {
        foreach (var norm in model.Graph.Node.Where(node => node.OpType == "LayerNormalization").ToArray())
        {
            var at = model.Graph.Node.IndexOf(norm);
            model.Graph.Node.RemoveAt(at);
            var name = norm.Name;
            NodeProto Node(string op, string suffix, params string[] inputs) => new() { OpType = op, Name = name + suffix, Input = { inputs }, Output = { name + suffix } };
            model.Graph.Initializer.Add(TensorValues.Scalar(name + ".two", 2));
            model.Graph.Initializer.Add(TensorValues.Scalar(name + ".epsilon", 1e-5f));
            var last = Node("Add", ".add", name + ".gain", norm.Input[2]);
            last.Output[0] = norm.Output[0];
            NodeProto[] made = [
                Node("ReduceMean", ".mean", norm.Input[0]).With("axes", new[] { -1 }), Node("Sub", ".sub", norm.Input[0], name + ".mean"), Node("Pow", ".pow", name + ".sub", name + ".two"),
                Node("ReduceMean", ".variance", name + ".pow").With("axes", new[] { -1 }), Node("Add", ".plus", name + ".variance", name + ".epsilon"), Node("Sqrt", ".sqrt", name + ".plus"),
                Node("Div", ".div", name + ".sub", name + ".sqrt"), Node("Mul", ".gain", name + ".div", norm.Input[1]), last];
            for (var i = 0; i < made.Length; i++)
                model.Graph.Node.Insert(at + i, made[i]);
        }

        return model;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RepQ_and_SmoothQuant_bring_back_what_outlying_channels_of_a_LayerNorm_cost(bool decomposed)
    {
        var model = WithOutliers(decomposed);
        var plain = Signal(model, Everything);
        Assert.InRange(plain, 0, 20);
        Assert.True(Signal(model, Everything with { Refinements = [new RepqRefinement()] }) > plain + 8);
        Assert.True(Signal(model, Everything with { Refinements = [new SmoothQuantRefinement()] }) > plain + 8);
    }

    [Fact]
    public void RepQ_gives_every_channel_of_a_LayerNorm_one_range()
    {
        var model = WithOutliers();
        var (changed, said) = Rewrite(model, new RepqRefinement());
        Assert.Contains("5 normalizations", said.Single(), StringComparison.Ordinal);
        var rewriting = new FloatRewriting(changed, TestGraph.Pictures(2, 32), "test");
        foreach (var source in ChannelSource.All(changed.Graph, rewriting.Layouts).Where(source => source.IsNorm))
        {
            var range = rewriting.Ranges([source])[source.Value];
            var widths = range.Highs.Zip(range.Lows, (high, low) => high - low).ToArray();
            Assert.InRange(widths.Max() / widths.Min(), 1, 1.001);
            Assert.InRange(range.Highs.Max() - range.Highs.Min(), 0, widths[0] / 100);
        }
    }

    [Theory]
    [InlineData("swin-micro+upernet-16")]
    [InlineData("mobilevit-micro+upernet-16")]
    [InlineData("mit-micro+segformer-16")]
    [InlineData("efficientvit-micro+linear")]
    [InlineData("resnet-micro+linear")]
    public void What_rewrites_the_float_graph_leaves_the_function_of_every_family_as_it_is(string name)
    {
        var architecture = Presets.Architecture(name, 3);
        var model = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 64, 64), 64, 64);
        foreach (Refinement refinement in new Refinement[] { new RepqRefinement(), new SmoothQuantRefinement { Alpha = 0.8 }, new CrossLayerRefinement() })
        {
            var (changed, said) = Rewrite(model, refinement, 64);
            Assert.Equal(said.Single().Contains(" 0 ", StringComparison.Ordinal), model.Graph.Initializer.All(tensor => changed.Graph.Initializer.Any(other => other.RawData == tensor.RawData)));
        }
    }

    [Fact]
    public void Cross_layer_equalization_brings_back_what_uneven_weights_cost()
    {
        // channels that one layer makes small and the next reads with large weights: one scale for all of them serves neither
        var model = TestGraph.Cnn();
        double Uneven(int channel) => Math.Pow(10, (channel % 5) - 2);
        Multiply(model, "expand.weight", i => Uneven(i / 16));
        Multiply(model, "expand.bias", Uneven);
        Multiply(model, "depthwise.weight", i => 1 / Uneven(i / 9));
        Multiply(model, "down.weight", i => Uneven(i / 144));
        Multiply(model, "down.bias", Uneven);
        Multiply(model, "deep.weight", i => 1 / Uneven(i / 9 % 24));
        var plain = Signal(model, Everything);
        Assert.True(Signal(model, Everything with { Refinements = [new CrossLayerRefinement()] }) > plain + 8);
    }

    [Fact]
    public void Rotation_brings_back_what_an_outlying_channel_of_the_residual_stream_costs()
    {
        var model = WithOutliers();
        Multiply(model, "patches.weight", i => i / 48 is 5 or 21 ? 60 : 1);
        var plain = Signal(model, Everything);
        Assert.True(Signal(model, Everything with { Refinements = [new RotationRefinement()] }) > plain + 6);
    }

    [Theory]
    [InlineData("vit-tiny-16+linear")]
    public void An_exported_vision_transformer_can_be_rotated(string name)
    {
        var architecture = Presets.Architecture(name, 3);
        var model = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 32, 32), 32, 32);
        var (changed, said) = Rewrite(model, new RotationRefinement());
        Assert.Contains("1 residual streams (192 channels", said.Single(), StringComparison.Ordinal);
        var gains = changed.Graph.Node.Where(node => node.OpType == "LayerNormalization").Select(node => changed.Graph.Initializer.Single(tensor => tensor.Name == node.Input[1]).Floats());
        Assert.All(gains, gain => Assert.All(gain, value => Assert.Equal(1, value)));
    }

    [Fact]
    public void Rotation_refuses_a_Swin_and_what_has_no_LayerNorm_and_says_why()
    {
        var architecture = Presets.Architecture("swin-micro+upernet-16", 3);
        var swin = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 64, 64), 64, 64);
        Assert.Contains("patch merging", Assert.Throws<StageException>(() => Rewrite(swin, new RotationRefinement(), 64)).Message, StringComparison.Ordinal);
        Assert.Contains("no LayerNorm", Assert.Throws<StageException>(() => Rewrite(TestGraph.Cnn(), new RotationRefinement())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(48)]
    [InlineData(7)]
    public void A_rotation_is_orthogonal_and_keeps_the_mean(int width)
    {
        var rotation = RotationMatrix.Of(width, 5);
        for (var i = 0; i < width; i++)
        {
            Assert.Equal(1, rotation.Skip(i * width).Take(width).Sum(), 1e-9);
            for (var j = 0; j < width; j++)
                Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, width).Sum(k => rotation[(i * width) + k] * rotation[(j * width) + k]), 1e-9);
        }

        Assert.True(rotation.Max(Math.Abs) < (width > 10 ? 0.95 : 1.01));
    }

    [Fact]
    public void A_refinement_that_changes_the_function_is_caught()
    {
        var model = TestGraph.Transformer();
        var rewriting = new FloatRewriting(model, TestGraph.Pictures(1, 32), "test");
        Assert.Contains("must not change", Assert.Throws<StageException>(() => rewriting.Run(new BrokenRefinement())).Message, StringComparison.Ordinal);
    }

    private sealed record BrokenRefinement : Refinement
    {
        internal override void Rewrite(FloatRewriting graph) => Multiply(graph.Model, "head.weight", _ => 1.01);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rounding_by_what_layers_read_keeps_more_signal_in_4_bits(bool transformer)
    {
        var model = transformer ? TestGraph.Transformer() : TestGraph.Cnn();
        var options = Everything with { Scheme = new StaticScheme { WeightBits = 4 } };
        var nearest = Signal(model, options);
        Assert.True(Signal(model, options with { Refinements = [new GptqRefinement()] }) > nearest + 2);
        Assert.True(Signal(model, options with { Refinements = [new AdaRoundRefinement()] }) > nearest + 1);
        Assert.True(Signal(model, options with { Refinements = [new RidgeRefinement()] }) > nearest + 1);
        Assert.True(Signal(model, options with { Refinements = [new RidgeRefinement(), new GptqRefinement(), new BiasRefinement()] }) > nearest + 2);
    }

    [Fact]
    public void A_fixed_range_gives_a_softmax_its_scale_whatever_was_seen()
    {
        var model = TestGraph.Transformer();
        IEnumerable<AffineScale> Scales(ValueList<Refinement> refinements)
        {
            var quantization = Quantization.Of(model, Everything with { Attention = true, Refinements = refinements }, TestGraph.Pictures(2, 32), "test", false);
            return [.. model.Graph.Node.Where(node => node.OpType == "Softmax").Select(node => quantization.ScaleOf(node.Output[0])!.Value)];
        }

        Assert.All(Scales([new FixedRangeRefinement()]), scale => Assert.Equal(AffineScale.Unit, scale));
        Assert.All(Scales([]), scale => Assert.True(scale.Step < AffineScale.Unit.Step));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (Refinement refinement in new Refinement[] { new SmoothQuantRefinement { Alpha = 1.1 }, new CrossLayerRefinement { Repetitions = 0 }, new GptqRefinement { Damping = 0 }, new RidgeRefinement { Damping = double.NaN }, new AdaRoundRefinement { Steps = 0 }, new AdaRoundRefinement { LearningRate = 2 }, new AdaRoundRefinement { Regularization = -1 }, new WeightScaleRefinement { Candidates = 1 } })
            Assert.Contains(Catalog.NameOf(refinement.GetType(), typeof(Refinement)), Assert.Throws<StageException>(refinement.Validate).Message, StringComparison.Ordinal);
    }
}
