namespace Niwaki.Tests;

public sealed class BudgetTests
{
    private static Measurement Model(double meanIoU, double milliseconds, long bytes, int threads = 1) => new()
    {
        Accuracy = new Accuracy(meanIoU, meanIoU, [meanIoU], meanIoU, 1),
        Latencies = [new Latency(threads, 10, TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromMilliseconds(milliseconds))],
        FileSize = new Bytes(bytes),
    };

    [Fact]
    public void A_limit_that_is_met_exactly_holds()
    {
        var verdict = new Budget { MinMeanIoU = 0.5, MaxLatency = TimeSpan.FromMilliseconds(30), MaxSize = new Bytes(100), MaxIoUDrop = 0.03, MinSpeedUp = 6, MaxSizeRatio = 0.1 }
            .Judge(Model(0.5, 30, 100), Model(0.53, 180, 1000));
        Assert.Equal(6, verdict.Lines.Count);
        Assert.True(verdict.Passed, string.Join('\n', verdict.Lines));
    }

    [Fact]
    public void Three_points_lost_are_three_points_in_binary_too() =>
        Assert.True(new Budget { MaxIoUDrop = 0.03 }.Judge(Model(0.77, 1, 1), Model(0.80, 1, 1)).Passed);

    [Fact]
    public void A_limit_that_is_missed_by_a_little_fails() =>
        Assert.False(new Budget { MaxIoUDrop = 0.03 }.Judge(Model(0.7699999, 1, 1), Model(0.80, 1, 1)).Passed);

    [Fact]
    public void What_was_not_measured_fails()
    {
        var line = Assert.Single(new Budget { MaxEnergy = new Joules(1) }.Judge(Model(1, 1, 1), null).Lines);
        Assert.False(line.Passed);
        Assert.Equal("not measured", line.Value);
    }

    [Fact]
    public void A_relative_limit_without_a_teacher_fails() => Assert.False(new Budget { MinSpeedUp = 1 }.Judge(Model(1, 1, 1), null).Passed);

    [Fact]
    public void A_speed_up_at_other_threads_is_no_speed_up() => Assert.False(new Budget { MinSpeedUp = 1 }.Judge(Model(1, 1, 1, threads: 1), Model(1, 9, 1, threads: 4)).Passed);

    [Fact]
    public void An_accuracy_that_is_no_number_fails() => Assert.False(new Budget { MinMeanIoU = 0 }.Judge(Model(double.NaN, 1, 1), null).Passed);

    [Fact]
    public void An_empty_budget_passes_and_knows_that_it_is_empty()
    {
        Assert.True(new Budget().Judge(new Measurement(), null).Passed);
        Assert.True(new Budget().IsEmpty);
        Assert.False(new Budget { MinDice = 0 }.IsEmpty);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(double.PositiveInfinity)]
    public void A_fraction_out_of_range_is_refused(double value) =>
        Assert.Contains("maxIoUDrop is", Assert.Throws<StageException>(() => new Budget { MaxIoUDrop = value }.Validate()).Message);

    [Fact]
    public void A_gate_without_limits_is_refused() => Assert.Contains("has no limit", Assert.Throws<StageException>(() => new Gate().Validate()).Message);

    [Fact]
    public void A_relative_gate_without_a_teacher_is_refused() =>
        Assert.Contains("compare with a teacher", Assert.Throws<StageException>(() => new Gate { Budget = new() { MinSpeedUp = 2 } }.Validate()).Message);

    [Fact]
    public void A_spread_has_the_sample_deviation()
    {
        Assert.Equal(new Spread(2, 1, 3), Spread.Of([1, null, 2, 3]));
        Assert.Equal(new Spread(5, null, 1), Spread.Of([5]));
        Assert.Equal(new Spread(0.473875, 0, 3), Spread.Of([0.473875, 0.473875, 0.473875]));
        Assert.Null(Spread.Of([null]));
        Assert.Equal("2.0000 ± 1.0000", Spread.Of([1, 2, 3])!.ToString());
    }
}
