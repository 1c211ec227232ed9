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

    [Theory]
    [InlineData(4, false, -1, 3)]
    [InlineData(6, true, -1, 3)]
    [InlineData(8, true, 0, 9)]
    public void Fewer_bits_lay_fewer_codes_over_the_range(int bits, bool symmetric, double low, double high)
    {
        var scale = AffineScale.Of(new ValueRange(low, high), bits, symmetric);
        Assert.Equal((1 << bits) - 1, scale.Highest);
        Assert.Equal(0, scale.Round(0));
        Assert.InRange(scale.Round((float)high), high - scale.Step, high + scale.Step);
        Assert.InRange(scale.Round((float)low), low - scale.Step, low + scale.Step);
        if (symmetric)
            Assert.Equal(1 << (bits - 1), scale.ZeroPoint);
    }
}
