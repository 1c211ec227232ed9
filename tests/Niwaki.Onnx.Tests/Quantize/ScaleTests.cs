namespace Niwaki.Onnx.Tests;

public class ScaleTests
{
    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0.5, 2)]
    [InlineData(-7, -3)]
    [InlineData(-0.278, 8)]
    [InlineData(0, 0)]
    [InlineData(-1e-35, 1e-36)]
    public void Zero_has_a_code_and_every_value_in_range_is_at_most_half_a_step_away(double low, double high)
    {
        var scale = AffineScale.Of(new ValueRange(low, high));
        Assert.Equal(0, scale.Round(0));
        for (var i = 0; i <= 1000; i++)
        {
            var value = (float)(low + ((high - low) * i / 1000));
            // the zero point is rounded too, so the outermost half step may be clipped
            Assert.InRange(Math.Abs(scale.Round(value) - value), 0, scale.Step * (i is < 5 or > 995 ? 1.001f : 0.501f));
        }
    }

    [Fact]
    public void Weights_are_at_most_half_a_step_away_in_their_own_channel()
    {
        float[] weights = [1, -2, 0.5f, 0.001f, -0.002f, 0.0005f, 0, 0, 0];
        var quantized = QuantizedWeight.Of(weights, [3, 3], 0, reduceRange: false);
        var values = quantized.Dequantize([3, 3], 0);
        for (var i = 0; i < 9; i++)
            Assert.InRange(Math.Abs(values[i] - weights[i]), 0, quantized.Steps[i / 3] / 2 * 1.0001f);
        Assert.Equal(-127, quantized.Codes[1]);
        Assert.Equal(-127, quantized.Codes[4]);
        Assert.Equal(1, quantized.Steps[2]);
    }

    [Fact]
    public void A_scale_for_each_channel_loses_less_than_one_for_all()
    {
        float[] weights = [1, -2, 0.5f, 0.001f, -0.002f, 0.0005f];
        double Error(int? axis) => QuantizedWeight.Of(weights, [2, 3], axis, false).Dequantize([2, 3], axis).Zip(weights).Skip(3).Sum(pair => Math.Abs(pair.First - pair.Second));
        Assert.True(Error(null) > 50 * Error(0));
    }

    [Fact]
    public void Channels_may_be_the_last_axis()
    {
        var quantized = QuantizedWeight.Of([1, 100, -0.5f, 50], [2, 2], 1, false);
        Assert.Equal([127, 127, -64, 64], quantized.Codes.Select(code => (int)code));
        Assert.Equal([1f / 127, 100f / 127], quantized.Steps);
    }

    [Fact]
    public void Reduced_range_uses_7_bits() => Assert.Equal([63, -63], QuantizedWeight.Of([2, -2], [1, 2], 0, reduceRange: true).Codes.Select(code => (int)code));

    [Fact]
    public void A_floor_keeps_the_bias_of_a_dead_channel_in_range()
    {
        var quantized = QuantizedWeight.Of([1e-20f], [1, 1], 0, false, [1e-6f]);
        Assert.Equal(1e-6f, quantized.Steps[0]);
        Assert.Equal(0, quantized.Codes[0]);
    }
}
