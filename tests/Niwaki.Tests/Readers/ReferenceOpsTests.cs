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
