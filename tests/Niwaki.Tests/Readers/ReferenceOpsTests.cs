namespace Niwaki.Tests;

/// <summary>Numbers that can be checked by hand.</summary>
public sealed class ReferenceOpsTests
{
    private static readonly Dictionary<string, Weight> None = [];

    [Fact]
    public void A_convolution_correlates_with_zeros_around()
    {
        var weights = new Dictionary<string, Weight> { ["x.weight"] = W([1, 1, 3, 3], 0, 1, 0, 2, 3, 4, 0, 5, 0), ["x.bias"] = W([1], 10) };
        var result = new ReferenceOps(weights).Conv(T([1, 1, 2, 2], 1, 2, 3, 4), "x", new ConvOptions(1, 3) { Padding = 1, Bias = true });
        Assert.Equal([10 + 3 + 8 + 15, 10 + 2 + 6 + 20, 10 + 1 + 9 + 16, 10 + 2 + 6 + 12], result.Values);
    }

    [Fact]
    public void A_depthwise_convolution_keeps_channels_apart()
    {
        var weights = new Dictionary<string, Weight> { ["x.weight"] = W([2, 1, 1, 1], 2, 3) };
        var result = new ReferenceOps(weights).Conv(T([1, 2, 1, 2], 1, 2, 3, 4), "x", new ConvOptions(2, 1) { Groups = 2 });
        Assert.Equal([2, 4, 9, 12], result.Values);
    }

    [Fact]
    public void A_dilated_strided_convolution_steps_over_pixels()
    {
        var weights = new Dictionary<string, Weight> { ["x.weight"] = W([1, 1, 2, 2], 1, 10, 100, 1000) };
        var result = new ReferenceOps(weights).Conv(T([1, 1, 3, 5], 1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 6, 7, 8, 9, 1), "x", new ConvOptions(1, 2) { Dilation = 2, Stride = 2 });
        Assert.Equal(new Shape(1, 1, 1, 2), result.Shape);
        Assert.Equal([1 + 30 + 600 + 8000, 3 + 50 + 800 + 1000], result.Values);
    }

    [Fact]
    public void A_linear_layer_multiplies_by_the_rows_of_its_weight()
    {
        var weights = new Dictionary<string, Weight> { ["x.weight"] = W([2, 3], 1, 0, 2, 0, 1, -1), ["x.bias"] = W([2], 0.5f, 0) };
        Assert.Equal([7.5, -1, 16.5, -1], new ReferenceOps(weights).Linear(T([1, 2, 3], 1, 2, 3, 4, 5, 6), "x", 2).Values);
    }

    [Fact]
    public void Norms_use_the_variance_of_all_values_and_their_epsilon()
    {
        var weights = new Dictionary<string, Weight>
        {
            ["x.weight"] = W([2], 2, 2),
            ["x.bias"] = W([2], 1, 1),
            ["x.running_mean"] = W([2], 1, 0),
            ["x.running_var"] = W([2], 3, 0),
        };
        var op = new ReferenceOps(weights);
        Close([1 - (2 / Math.Sqrt(5)), 1 + (2 / Math.Sqrt(5))], op.LayerNorm(T([1, 1, 2], 2, 4), "x", 4).Values);
        Close([1 + (2 * 2 / 2.0), 1 + (2 * 4 / 1.0)], op.BatchNorm(T([1, 2, 1, 1], 3, 4), "x", 1).Values);
    }

    [Fact]
    public void A_group_norm_takes_one_mean_and_variance_over_all_pixels_and_channels_of_a_group()
    {
        var weights = new Dictionary<string, Weight> { ["x.weight"] = W([2], 2, 3), ["x.bias"] = W([2], 1, 0) };
        var image = T([1, 2, 1, 2], 1, 3, 5, 7);
        Close([1 - (6 / 3.0), 1 - (2 / 3.0), 3 / 3.0, 9 / 3.0], new ReferenceOps(weights).GroupNorm(image, "x", 1, 4).Values); // mean 4, variance 5
        Close([1 - Math.Sqrt(2), 1 + Math.Sqrt(2), -3 / Math.Sqrt(2), 3 / Math.Sqrt(2)], new ReferenceOps(weights).GroupNorm(image, "x", 2, 1).Values);
    }

    [Fact]
    public void A_separable_attention_shares_one_context_between_the_patches_of_each_pixel_position()
    {
        var op = new ReferenceOps(None);
        var query = T([1, 1, 1, 4], 0, 0, (float)Math.Log(3), 0);                        // shares 1, 1, 3, 1 of 6
        var context = (2 + 6 + (3 * 4) + 8) / 6.0;
        Close([context * 1, 0, context * 3, context * 4], op.SeparableAttention(query, T([1, 1, 1, 4], 2, 6, 4, 8), T([1, 1, 1, 4], 1, -2, 3, 4), "x", 1).Values, 1e-6);
    }

    [Fact]
    public void A_cosine_attention_asks_for_directions_only_and_its_scale_ends_at_100()
    {
        var layout = new WindowLayout { Height = 1, Width = 2, WindowHeight = 1, WindowWidth = 2 };
        var weights = new Dictionary<string, Weight>
        {
            ["x.logit_scale"] = W([1, 1, 1], 5),                                        // exp(5) = 148
            ["x.position_weight1"] = W([1, 2], 0, 1),
            ["x.position_bias1"] = W([1], 0),
            ["x.position_weight2"] = W([1, 1], 1),
        };
        var op = new ReferenceOps(weights);
        var options = new CosineAttentionOptions(1, layout) { HiddenWidth = 1 };
        var angle = Math.Acos(0.99);                                                    // one unit of score
        var key = T([1, 2, 2], 5, 0, (float)(9 * Math.Cos(angle)), (float)(9 * Math.Sin(angle)));
        var bias = 16 / (1 + Math.Exp(-Math.Log2(9) / 3));                              // the right neighbour's distance to the left one is 1; left of it, -1 becomes 0 in the ReLU
        var shares = Softmax(100 + 8, 99 + 8);
        Close([shares], [op.CosineAttention(T([1, 2, 2], 3, 0, 3, 0), key, T([1, 2, 1], 1, 0), "x", options).Values[0]], 1e-5);
        shares = Softmax(100 + bias, 99 + 8);
        Close([shares], [op.CosineAttention(T([1, 2, 2], 3, 0, 3, 0), key, T([1, 2, 1], 1, 0), "x", options).Values[1]], 1e-5);

        static double Softmax(double first, double second) => 1 / (1 + Math.Exp(second - first));
    }

    [Theory]
    [InlineData(Activation.Relu, -1, 0)]
    [InlineData(Activation.Relu6, 7, 6)]
    [InlineData(Activation.Silu, 1, 0.7310585786300049)]
    [InlineData(Activation.Gelu, 1, 0.8413447460685429)]
    [InlineData(Activation.Gelu, -2, -0.04550026389635842)]
    [InlineData(Activation.Gelu, 9, 9)]
    [InlineData(Activation.HardSwish, 1, 2 / 3.0)]
    [InlineData(Activation.HardSwish, -3.5, 0)]
    [InlineData(Activation.Sigmoid, 0, 0.5)]
    public void Activations_have_their_textbook_values(Activation activation, double x, double expected) =>
        Close([expected], new ReferenceOps(None).Activate(T([1, 1], x), activation).Values);

    [Fact]
    public void Resizing_interpolates_between_pixel_centres_or_between_corners()
    {
        var row = T([1, 1, 1, 2], 0, 4);
        Close([0, 1, 3, 4], new ReferenceOps(None).Resize(row, 1, 4).Values);
        Close([0, 2, 4], new ReferenceOps(None).Resize(row, 1, 3, alignCorners: true).Values);
    }

    [Fact]
    public void Adaptive_pooling_has_bins_that_overlap_and_max_pooling_never_picks_padding()
    {
        var row = T([1, 1, 1, 5], -1, -2, -3, -4, -8);
        Close([-2, -5], new ReferenceOps(None).AveragePool(row, 1, 2).Values);
        Close([-1, -2, -4], new ReferenceOps(None).MaxPool(row, 3, 2, 1).Values);
        Close([-3.6], new ReferenceOps(None).GlobalAveragePool(row).Values);
    }

    [Fact]
    public void Patches_unfold_by_the_position_of_the_pixel_inside_them()
    {
        var image = T([1, 1, 2, 4], 0, 1, 2, 3, 4, 5, 6, 7);
        var unfolded = new ReferenceOps(None).Unfold(image, 2);
        Assert.Equal(new Shape(4, 2, 1), unfolded.Shape);
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], unfolded.Values);
        Assert.Equal(image.Values, new ReferenceOps(None).Fold(unfolded, 2, 2, 4).Values);
    }

    [Fact]
    public void Attention_to_equal_keys_is_the_mean_of_the_values()
    {
        var op = new ReferenceOps(None);
        Close([2, 5, 2, 5], op.Attention(T([1, 2, 2], 1, 7, 3, -2), T([1, 2, 2], 1, 1, 1, 1), T([1, 2, 2], 1, 4, 3, 6), "a", new AttentionOptions(2, 1)).Values);
    }

    [Fact]
    public void Attention_weighs_by_scaled_products_bias_and_mask()
    {
        var layout = new WindowLayout { Height = 1, Width = 4, WindowHeight = 1, WindowWidth = 2, ShiftWidth = 1 };
        var weights = new Dictionary<string, Weight> { ["a.relative_position_bias_table"] = W([3, 1], 0, 0, (float)Math.Log(3)) };
        var tokens = T([2, 2, 1], 1, 5, 2, 6);
        var zero = T([2, 2, 1], 0, 0, 0, 0);
        var result = new ReferenceOps(weights).Attention(zero, zero, tokens, "a", new AttentionOptions(1, 1) { Windows = layout });
        // first window: the second query sees the first key, which lies one to its left, with weight 3 : 1; in the second the mask parts them
        Close([3, ((3 * 1) + 5) / 4.0, 2, 6], result.Values, 1e-7);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void Windows_and_back_is_the_identity(int shift, bool rollBeforePad)
    {
        var layout = new WindowLayout { Height = 5, Width = 7, WindowHeight = 3, WindowWidth = 4, ShiftHeight = Math.Min(shift, 1), ShiftWidth = shift, RollBeforePad = rollBeforePad };
        var grid = T([2, 5, 7, 3], [.. Enumerable.Range(0, 210).Select(i => (double)i)]);
        var op = new ReferenceOps(None);
        var windows = op.Windows(grid, layout);
        Assert.Equal(new Shape(2 * 2 * 2, 12, 3), windows.Shape);
        Assert.Equal(grid.Values, op.Unwindows(windows, layout).Values);
    }

    [Fact]
    public void A_missing_or_wrong_weight_is_named()
    {
        var weights = new Dictionary<string, Weight> { ["x.weight"] = W([2, 2], 1, 2, 3, 4) };
        Assert.Contains("y.weight", Assert.Throws<ArgumentException>(() => new ReferenceOps(weights).Linear(T([1, 2], 1, 2), "y", 2)).Message, StringComparison.Ordinal);
        Assert.Contains("[2, 2]", Assert.Throws<ArgumentException>(() => new ReferenceOps(weights).Linear(T([1, 3], 1, 2, 3), "x", 2, bias: false)).Message, StringComparison.Ordinal);
    }

    private static Weight W(int[] shape, params float[] values) => new(new Shape(shape), values);

    private static ReferenceTensor T(int[] shape, params double[] values) => new(new Shape(shape), values);

    private static void Close(double[] expected, double[] actual, double tolerance = 1e-12)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }
}
