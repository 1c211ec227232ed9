using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public class RoundedLayerTests
{
    // inputs that depend on each other, as neighbouring pixels and the channels of a network do, and one that is always zero
    private static float[] Correlated(int rows, int width, int seed)
    {
        var random = new Random(seed);
        var data = new float[rows * width];
        for (var row = 0; row < rows; row++)
        {
            var common = (random.NextSingle() - 0.5f) * 6;
            for (var i = 1; i < width; i++)
                data[(row * width) + i] = (common * MathF.Cos(i)) + ((random.NextSingle() - 0.5f) * (i % 7 == 0 ? 4 : 1)) + 1;
        }

        return data;
    }

    private static RoundedLayer Layer(DenseProducts dense, NodeProto node, TensorProto weight, ValueLayout input, ValueLayout output, IEnumerable<float[]> pictures, int bits, InputRounding rounding = default)
    {
        var product = new Product(node, weight, node.OpType == "MatMul" ? 1 : 0, null, node.Output[0], default);
        var inputs = new LayerInputs(LayerGeometry.Of(product, input, output)!, rounding, 4, withErrors: true);
        foreach (var picture in pictures)
            inputs.Add(picture, dense);
        return new RoundedLayer(product, new GridShape(bits), []) { Inputs = inputs, Products = dense };
    }

    private static RoundedLayer Linear(DenseProducts dense, int width, int outputs, int bits, InputRounding rounding = default)
    {
        var node = new NodeProto { OpType = "MatMul", Name = "linear", Input = { "x", "w" }, Output = { "y" } };
        var weight = TensorValues.Of("w", new Shape(width, outputs), new TestGraph(8, seed: 3).Normal(width * outputs, 1));
        return Layer(dense, node, weight, new ValueLayout([1, 200, width], [true, false, false], true), new ValueLayout([1, 200, outputs], [true, false, false], true), Enumerable.Range(0, 4).Select(i => Correlated(200, width, i)), bits, rounding);
    }

    private static RoundedLayer Convolution(DenseProducts dense, int groups, int bits)
    {
        var node = new NodeProto { OpType = "Conv", Name = "conv", Input = { "x", "w" }, Output = { "y" } }.With("pads", new[] { 1, 1, 1, 1 }).With("strides", new[] { 2, 2 }).With("group", groups);
        var weight = TensorValues.Of("w", new Shape(12, 12 / groups, 3, 3), new TestGraph(8, seed: 3).Normal(12 * 12 / groups * 9, 1));
        var smooth = TestGraph.Pictures(16, 16).Chunk(4).Select(four => four.SelectMany(picture => picture).ToArray());
        return Layer(dense, node, weight, new ValueLayout([1, 12, 16, 16], [true, false, false, false], true), new ValueLayout([1, 12, 8, 8], [true, false, false, false], true), smooth, bits);
    }

    private static double ErrorAfter(RoundedLayer layer, Refinement refinement)
    {
        refinement.Validate();
        refinement.Round(layer);
        return layer.Error();
    }

    [Theory]
    [InlineData(4, 0.35)]
    [InlineData(8, 0.35)]
    public void Gptq_makes_a_linear_layers_error_much_smaller_than_that_of_the_nearest_numbers(int bits, double share)
    {
        using var dense = new DenseProducts();
        var layer = Linear(dense, 60, 24, bits);
        var nearest = layer.Error();
        Assert.InRange(ErrorAfter(layer, new GptqRefinement()) / nearest, 0, share);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(12)]
    public void Gptq_rounds_convolutions_through_the_patches_that_they_read(int groups)
    {
        using var dense = new DenseProducts();
        var layer = Convolution(dense, groups, 4);
        var nearest = layer.Error();
        Assert.InRange(ErrorAfter(layer, new GptqRefinement()) / nearest, 0, 0.5);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void AdaRound_is_better_than_nearest(int bits)
    {
        using var dense = new DenseProducts();
        var layer = Linear(dense, 60, 24, bits);
        var nearest = layer.Error();
        Assert.InRange(ErrorAfter(layer, new AdaRoundRefinement()) / nearest, 0, 0.5);
    }

    [Fact]
    public void AdaRound_rounds_convolutions_too_and_only_up_or_down()
    {
        using var dense = new DenseProducts();
        var layer = Convolution(dense, 3, 4);
        var nearest = layer.Error();
        Assert.InRange(ErrorAfter(layer, new AdaRoundRefinement()) / nearest, 0, 0.6);
        for (var i = 0; i < layer.Codes.Length; i++)
            Assert.InRange(Math.Abs(layer.Value(i) - layer.Target[i]), 0, layer.Grid.Steps[layer.Grid.At(i / layer.Width, i % layer.Width)] * 1.0001);
    }

    [Fact]
    public void A_row_that_learning_does_not_help_keeps_the_nearest_numbers()
    {
        using var dense = new DenseProducts();
        var (layer, nearest) = (Linear(dense, 60, 24, 4), Linear(dense, 60, 24, 4));
        new AdaRoundRefinement { Steps = 1, LearningRate = 1 }.Round(layer);
        Assert.True(layer.Error() <= nearest.Error() * 1.000001);
    }

    [Fact]
    public void Ridge_makes_up_for_rounded_inputs_and_rounds_in_halves_better_than_nearest()
    {
        // inputs in 3 bits: what the layer gives against what it gave with inputs in float
        using var dense = new DenseProducts();
        var rounding = new InputRounding(AffineScale.Of(new ValueRange(-5, 7), 3, symmetric: false));
        var layer = Linear(dense, 60, 24, 6, rounding);
        double Output(Func<int, double> weight)
        {
            double error = 0;
            var data = Correlated(200, 60, 1);
            var rounded = (float[])data.Clone();
            rounding.Apply(rounded, data);
            var original = layer.Layout.ToRows(layer.Product.Weight!.Floats());
            for (var row = 0; row < 200; row++)
            {
                for (var output = 0; output < 24; output++)
                {
                    var difference = 0.0;
                    for (var i = 0; i < 60; i++)
                        difference += (original[(output * 60) + i] * data[(row * 60) + i]) - (weight((output * 60) + i) * rounded[(row * 60) + i]);
                    error += difference * difference;
                }
            }

            return error;
        }

        var nearest = Output(layer.Value);
        new RidgeRefinement().Round(layer);
        var corrected = Output(i => layer.Target[i]);
        var halves = Output(layer.Value);
        layer.RoundToNearest();
        Assert.InRange(corrected / nearest, 0, 0.75);
        Assert.InRange(halves / nearest, 0, 0.8);
        Assert.True(halves < Output(layer.Value), $"halves {halves}, nearest of the corrected {Output(layer.Value)}");
    }

    [Fact]
    public void A_searched_weight_scale_cuts_off_an_outlier_that_hardly_matters()
    {
        using var dense = new DenseProducts();
        var layer = Linear(dense, 60, 24, 3);
        var nearest = layer.Error();
        var target = (double[])layer.Target.Clone();
        for (var output = 0; output < 24; output++)
            target[output * 60] = 9;                                                   // of the input that is always zero
        layer.Move(target);
        var spoiled = layer.Error();
        Assert.True(spoiled > 2 * nearest);
        Assert.InRange(ErrorAfter(layer, new WeightScaleRefinement()) / spoiled, 0, 0.6);
    }

    [Fact]
    public void Wide_layers_are_cut_into_blocks_of_bounded_memory()
    {
        using var dense = new DenseProducts();
        var layer = Linear(dense, 2100, 2, 4);
        Assert.Equal([(0, 700), (700, 700), (1400, 700)], layer.Inputs!.Blocks);
        var nearest = layer.Error();
        Assert.InRange(ErrorAfter(layer, new GptqRefinement()) / nearest, 0, 0.6);
    }

    [Fact]
    public void Inputs_that_are_constant_or_zero_round_to_something()
    {
        using var dense = new DenseProducts();
        foreach (var value in new[] { 0f, 3f })
        {
            foreach (Refinement refinement in new Refinement[] { new GptqRefinement(), new RidgeRefinement(), new AdaRoundRefinement { Steps = 20 }, new WeightScaleRefinement() })
            {
                var node = new NodeProto { OpType = "MatMul", Name = "linear", Input = { "x", "w" }, Output = { "y" } };
                var weight = TensorValues.Of("w", new Shape(8, 3), new TestGraph(8, seed: 3).Normal(24, 1));
                var layer = Layer(dense, node, weight, new ValueLayout([1, 5, 8], [true, false, false], true), new ValueLayout([1, 5, 3], [true, false, false], true), [[.. Enumerable.Repeat(value, 40)]], 8);
                refinement.Round(layer);
                for (var i = 0; i < 24; i++)
                    Assert.InRange(Math.Abs(layer.Value(i) - weight.Floats()[(i % 8 * 3) + (i / 8)]), 0, 0.5);
            }
        }
    }
}
