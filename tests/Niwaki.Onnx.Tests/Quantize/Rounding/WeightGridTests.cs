namespace Niwaki.Onnx.Tests;

public class WeightGridTests
{
    private static (WeightGrid Grid, int[] Codes) Round(double[] weights, int outputs, GridShape shape, float[]? floors = null)
    {
        var grid = WeightGrid.Over(weights, outputs, shape, floors);
        var width = weights.Length / outputs;
        return (grid, [.. weights.Select((weight, i) => grid.Nearest(grid.At(i / width, i % width), weight))]);
    }

    [Fact]
    public void Weights_are_at_most_half_a_step_away_in_their_own_channel()
    {
        double[] weights = [1, -2, 0.5, 0.001, -0.002, 0.0005, 0, 0, 0];
        var (grid, codes) = Round(weights, 3, new GridShape(8));
        for (var i = 0; i < 9; i++)
            Assert.InRange(Math.Abs(grid.Value(grid.At(i / 3, i % 3), codes[i]) - weights[i]), 0, grid.Steps[i / 3] / 2 * 1.0001);
        Assert.Equal(-127, codes[1]);
        Assert.Equal(-127, codes[4]);
        Assert.Equal(1, grid.Steps[2]);
    }

    [Fact]
    public void A_scale_for_each_channel_loses_less_than_one_for_all()
    {
        double[] weights = [1, -2, 0.5, 0.001, -0.002, 0.0005];
        double Error(bool perChannel)
        {
            var (grid, codes) = Round(weights, 2, new GridShape(8, IsPerChannel: perChannel));
            return Enumerable.Range(3, 3).Sum(i => Math.Abs(grid.Value(grid.At(1, i % 3), codes[i]) - weights[i]));
        }

        Assert.True(Error(false) > 50 * Error(true));
    }

    [Theory]
    [InlineData(7, 63)]
    [InlineData(4, 7)]
    public void Fewer_bits_have_fewer_codes(int bits, int largest) => Assert.Equal([largest, -largest], Round([2, -2], 1, new GridShape(bits)).Codes);

    [Fact]
    public void A_floor_keeps_the_bias_of_a_dead_channel_in_range()
    {
        var (grid, codes) = Round([1e-20], 1, new GridShape(8), [1e-6f]);
        Assert.Equal(1e-6f, grid.Steps[0]);
        Assert.Equal(0, codes[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Blocks_have_scales_of_their_own(bool symmetric)
    {
        var weights = Enumerable.Range(0, 40).Select(i => (i < 16 ? 0.01 : 3.0) * Math.Cos(i)).ToArray();
        var (grid, codes) = Round(weights, 1, new GridShape(4, 16, symmetric));
        Assert.Equal(3, grid.Blocks);
        Assert.All(codes, code => Assert.InRange(code, 0, 15));
        for (var i = 0; i < 40; i++)
            Assert.InRange(Math.Abs(grid.Value(grid.At(0, i), codes[i]) - weights[i]), 0, grid.Steps[i / 16] * (symmetric ? 0.5001 : 1.001));
        Assert.True(grid.Steps[0] < grid.Steps[1] / 50);
        Assert.All(grid.Zeros, zero => Assert.InRange(zero, symmetric ? 8 : 0, symmetric ? 8 : 15));
    }

    [Fact]
    public void A_matrix_stored_by_inputs_has_the_rows_of_its_transpose()
    {
        var (byInputs, byOutputs) = (new WeightLayout(2, 3, 1, 1, InputsFirst: true), new WeightLayout(2, 3, 1, 1, InputsFirst: false));
        Assert.Equal(byOutputs.ToRows([1, 2, 3, 4, 5, 6]), byInputs.ToRows([1, 4, 2, 5, 3, 6]));
        Assert.Equal([0, 1, 0, 1, 0, 1], Enumerable.Range(0, 6).Select(byInputs.OutputOf));
        Assert.Equal([0, 0, 1, 1, 2, 2], Enumerable.Range(0, 6).Select(byInputs.InputOf));
    }

    [Fact]
    public void Inputs_of_a_grouped_convolution_are_counted_over_its_groups()
    {
        // 4 outputs in 2 groups that read 3 channels each through 2 taps
        var layout = new WeightLayout(4, 3, 2, 2, InputsFirst: false);
        Assert.Equal([0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5], Enumerable.Range(0, 18).Select(layout.InputOf));
        Assert.Equal([0, 0, 1, 1], Enumerable.Range(0, 4).Select(layout.GroupOf));
    }
}
