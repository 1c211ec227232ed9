namespace Niwaki.Onnx.Tests;

public class CalibratorTests
{
    private static Observation Seen(params float[][] pictures)
    {
        var observation = new Observation();
        foreach (var picture in pictures)
            observation.Add(picture);
        return observation;
    }

    private static float[] Normal(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }

    [Fact]
    public void Min_max_covers_everything() => Assert.Equal(new ValueRange(-2, 7), new MinMaxCalibrator().Range(Seen([-2, 1], [0, 7])));

    [Fact]
    public void The_moving_average_is_the_mean_at_first_and_forgets_later()
    {
        Assert.Equal(new ValueRange(-2, 3), new MovingAverageCalibrator().Range(Seen([-1, 2], [-3, 4])));
        var range = new MovingAverageCalibrator { Momentum = 0.5 }.Range(Seen([0, 100], [0, 4], [0, 4], [0, 4], [0, 4], [0, 4], [0, 4], [0, 4]));
        Assert.InRange(range.High, 4, 5);
    }

    [Theory]
    [InlineData(99.9)]
    [InlineData(99.99)]
    [InlineData(99.999)]
    public void A_percentile_of_uniform_values_cuts_both_ends_evenly(double percent)
    {
        var range = new PercentileCalibrator { Percent = percent }.Range(Seen([.. Enumerable.Range(0, 1_000_001).Select(i => i / 1_000_000f)]));
        var tail = (1 - (percent / 100)) / 2;
        Assert.InRange(range.Low, tail - 2e-6, tail + 2e-6);
        Assert.InRange(range.High, 1 - tail - 2e-6, 1 - tail + 2e-6);
    }

    [Fact]
    public void Mse_keeps_uniform_values_whole()
    {
        var range = new MseCalibrator().Range(Seen([.. Enumerable.Range(0, 100_001).Select(i => (i / 50_000f) - 1)]));
        Assert.InRange(range.Low, -1.0001, -0.98);
        Assert.InRange(range.High, 0.98, 1.0001);
    }

    [Fact]
    public void Mse_of_a_heavy_tailed_distribution_is_as_good_as_the_best_symmetric_range()
    {
        var values = Normal(30_000).Select(value => value * Math.Abs(value)).ToArray();
        var observation = Seen(values);
        double Error(ValueRange range)
        {
            var scale = AffineScale.Of(range);
            return values.Average(value => (value - (double)scale.Round(value)) * (value - (double)scale.Round(value)));
        }

        var best = Enumerable.Range(5, 36).Min(i => Error(new ValueRange(-i / 2.0, i / 2.0)));
        Assert.InRange(Error(new MseCalibrator().Range(observation)), 0, 1.02 * best);
        Assert.True(Error(new MinMaxCalibrator().Range(observation)) > 1.03 * best);
    }

    [Theory]
    [InlineData("entropy")]
    [InlineData("percentile")]
    public void A_single_outlier_does_not_set_the_range(string name)
    {
        var calibrator = Calibrators().Single(each => each.Name == name).Calibrator;
        var range = calibrator.Range(Seen([.. Normal(100_000), 400]));
        Assert.InRange(range.High, 2.5, 40);
        Assert.InRange(range.Low, -40, -2.5);
    }

    [Fact]
    public void Zeros_behind_a_relu_do_not_pull_the_entropy_threshold_down()
    {
        var range = new EntropyCalibrator().Range(Seen([.. Normal(100_000).Select(value => Math.Max(value, 0))]));
        Assert.InRange(range.High, 2.5, 5);
    }

    [Fact]
    public void Every_calibrator_is_found_and_gives_a_range_within_what_was_seen()
    {
        var calibrators = Calibrators();
        Assert.Equal(["entropy", "min-max", "moving-average", "mse", "percentile"], calibrators.Select(each => each.Name));
        foreach (var (_, calibrator) in calibrators)
        {
            foreach (var values in new float[][] { [0, 0, 0], [5], [-1e-20f, 1e-20f], [.. Normal(5000).Select(value => value + 10)], [.. Normal(5000).Select(value => -Math.Abs(value))] })
            {
                var range = calibrator.Range(Seen(values, values));
                Assert.InRange(range.Low, Math.Min(0, values.Min()) - 1e-6, range.High);
                Assert.InRange(range.High, range.Low, Math.Max(0, values.Max()) + 1e-6);
            }
        }
    }

    [Fact]
    public void Senseless_options_are_refused()
    {
        var seen = Seen([1f]);
        Assert.Throws<StageException>(() => new PercentileCalibrator { Percent = 120 }.Range(seen));
        Assert.Throws<StageException>(() => new MovingAverageCalibrator { Momentum = double.NaN }.Range(seen));
        Assert.Throws<StageException>(() => new MseCalibrator { Smallest = 0 }.Range(seen));
        Assert.Throws<StageException>(() => new EntropyCalibrator { Steps = 0 }.Range(seen));
    }

    [Fact]
    public void Senseless_options_of_a_stage_are_refused_before_any_step_of_a_recipe_runs()
    {
        Assert.Contains("percent", Assert.Throws<StageException>(() => new Quantize { Calibrator = new PercentileCalibrator { Percent = 120 } }.Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("images", Assert.Throws<StageException>(() => new Quantize { Images = 0 }.Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("headroom", Assert.Throws<StageException>(() => new Half { Headroom = 0 }.Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("opset", Assert.Throws<StageException>(() => new Export { Opset = 12 }.Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("threads", Assert.Throws<StageException>(() => new Niwaki.Vision.Measure { Threads = [0] }.Validate()).Message, StringComparison.Ordinal);
    }

    private static List<(string Name, Calibrator Calibrator)> Calibrators() =>
        [.. new Vocabulary(typeof(Calibrator).Assembly).Catalog(typeof(Calibrator)).OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => (each.Key, (Calibrator)Activator.CreateInstance(each.Value)!))];
}
