namespace Niwaki.Onnx.Tests;

public class HistogramTests
{
    private static float[] Values(int count, int seed, double scale = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(scale * (random.NextDouble() - 0.3) * Math.Exp(3 * random.NextDouble())))];
    }

    [Fact]
    public void Merged_parts_are_exactly_the_whole()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var (whole, first, second) = (new Histogram(64), new Histogram(64), new Histogram(64));
            for (var chunk = 0; chunk < 6; chunk++)
            {
                var values = Values(random.Next(1, 200), (seed * 100) + chunk, Math.Pow(10, random.Next(-6, 6)));
                whole.Add(values);
                (random.Next(2) == 0 ? first : second).Add(values);
            }

            first.Merge(second);
            Assert.Equal((whole.Min, whole.Max, whole.Count, whole.Width, whole.Start), (first.Min, first.Max, first.Count, first.Width, first.Start));
            Assert.Equal(whole.Counts.ToArray(), first.Counts.ToArray());
        }
    }

    [Fact]
    public void A_growing_range_loses_no_value()
    {
        var histogram = new Histogram(128);
        for (var i = -20; i < 20; i++)
            histogram.Add([MathF.ScaleB(1.3f, i), -MathF.ScaleB(0.7f, i), 0]);
        Assert.Equal(120, histogram.Count);
        Assert.Equal(120, histogram.Counts.ToArray().Sum());
        Assert.True(histogram.Counts.Length <= 128);
    }

    [Fact]
    public void Every_value_lies_in_its_bin()
    {
        var values = Values(1000, 3);
        var histogram = new Histogram(256);
        histogram.Add(values);
        var expected = new long[histogram.Counts.Length];
        foreach (var value in values)
            expected[(int)Math.Floor((value - histogram.Start) / histogram.Width)]++;
        Assert.Equal(expected, histogram.Counts.ToArray());
        Assert.True(histogram.Counts.Length > 128, "at least half of the bins are used");
    }

    [Fact]
    public void Quantiles_of_uniform_values_are_their_shares()
    {
        var histogram = new Histogram();
        histogram.Add([.. Enumerable.Range(0, 100_001).Select(i => i / 50_000f - 1)]);
        foreach (var share in new[] { 0.001, 0.25, 0.5, 0.999 })
            Assert.Equal((2 * share) - 1, histogram.Quantile(share), 3);
        Assert.Equal(1, histogram.Quantile(1));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-3.25f)]
    [InlineData(1e-38f)]
    [InlineData(3e38f)]
    public void A_constant_has_one_bin(float constant)
    {
        var histogram = new Histogram();
        histogram.Add([constant, constant]);
        histogram.Add([constant]);
        Assert.Equal([3], histogram.Counts.ToArray());
        Assert.Equal(constant, histogram.Quantile(0.5));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_not_finite_is_refused(float value) => Assert.Throws<ArgumentException>(() => new Histogram().Add([1, value, 2]));
}
