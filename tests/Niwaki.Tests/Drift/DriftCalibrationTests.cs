namespace Niwaki.Tests;

public sealed class DriftCalibrationTests
{
    [Fact]
    public void The_same_frames_and_seed_give_the_same_bytes_which_read_back()
    {
        var frames = new Weather(1).Frames(200);
        var reference = new DriftCalibration { Window = 16, Permutations = 500 }.Of(frames, 3);
        Assert.Equal(reference.ToBytes(), new DriftCalibration { Window = 16, Permutations = 500 }.Of(frames, 3).ToBytes());
        var read = DriftReference.Parse(reference.ToBytes(), "reference.json");
        Assert.Equal(reference, read);
        Assert.Equal(reference.Digest(), read.Digest());
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.05)]
    public void All_statistics_together_exceed_at_the_stated_rate_over_many_references(double rate)
    {
        var (windows, exceeding) = (0, 0);
        for (var seed = 0; seed < 12; seed++)
        {
            var weather = new Weather(100 + seed);
            var comparison = new DriftComparison(new DriftCalibration { Window = 20, FalseAlarms = rate, Permutations = 1000, LeastPsi = 0 }.Of(weather.Frames(200), seed));
            for (var window = 0; window < 80; window++, windows++)
                exceeding += comparison.Of(weather.Frames(20)).Any(value => value.Exceeds) ? 1 : 0;
        }

        // references of 200 frames: windows lie a little further from them than from a rest of 180
        Assert.InRange((double)exceeding / windows, rate * 0.6, rate * 1.6);
    }

    [Fact]
    public void The_permutation_s_statistics_are_those_that_windows_are_judged_by()
    {
        var frames = new Weather(5).Frames(90);
        var reference = new DriftCalibration { Window = 10, Permutations = 100, LeastPsi = 0 }.Of(frames, 1);
        // the same window again and again, so that every threshold is what this window reaches against the rest
        var fixedOrder = new PermutationTest(frames, new DriftComparison(reference), 10).Thresholds(1, 0.5, new Random(4)).ToArray();
        var order = Enumerable.Range(0, 90).ToArray();
        new Random(4).Shuffle(order);
        FrameStatistics[] window = [.. order[..10].Select(i => frames[i])];
        FrameStatistics[] rest = [.. order[10..].Select(i => frames[i])];
        double[] Sorted(FrameStatistics[] of) => [.. of.Select(frame => frame.Confidence!.Value).Order()];
        Assert.Equal(Divergence.KolmogorovSmirnov(Sorted(rest), Sorted(window)), Value(DriftStatistic.KsConfidence), 12);
        Assert.Equal(Divergence.PsiOfAreas(DriftComparison.MeanAreas(rest, 3), DriftComparison.MeanAreas(window, 3)), Value(DriftStatistic.PsiAreas), 6);
        var scaled = new DriftComparison(reference with { Features = new ValueList<float>(new DriftComparison(reference).Scaled(rest)) });
        Assert.Equal(scaled.Mmd(scaled.Scaled(window)), Value(DriftStatistic.Mmd), 5);

        double Value(DriftStatistic statistic) => fixedOrder.Single(threshold => threshold.Statistic == statistic).Value;
    }

    [Fact]
    public void Distances_are_those_of_the_formulas()
    {
        Assert.Equal(0.6, Divergence.KolmogorovSmirnov([1, 2, 3, 4, 5], [4, 5, 6, 7, 8]), 12);
        Assert.Equal(0, Divergence.KolmogorovSmirnov([1, 1, 2], [1, 1, 2]), 12);
        Assert.Equal(1, Divergence.KolmogorovSmirnov([1, 2], [3, 4]), 12);
        Assert.Equal(2.0 / 3, Divergence.KolmogorovSmirnov([1, 1, 1], [1, 2, 3]), 12);
        var (p, q) = (100.5 / 201, 50.5 / 201);
        Assert.Equal((q - p) * Math.Log(q / p) + (1 - q - (1 - p)) * Math.Log((1 - q) / (1 - p)), Divergence.Psi([100, 100], [50, 150]), 12);
        Assert.Equal(0, Divergence.PsiOfAreas([0.5, 0.5], [0.5, 0.5]), 12);
        Assert.Equal([10, 20, 30, 40, 50, 60, 70, 80, 90], Divergence.Edges([.. Enumerable.Range(0, 100).Select(i => (double)i)]));
        Assert.Empty(Divergence.Edges([1, 1, 1, 1]));
        Assert.Equal(9, Divergence.ThirdNearest([0], [1, -2, 3, 10]), 5);
        Assert.Equal(100, Divergence.ThirdNearest([0], [1, -2, 3, 10], except: 1), 5);
        Assert.Equal([0, 1, 1, 2], new[] { 0.5, 1, 1.5, 2 }.Select(value => Divergence.BinOf(value, [1, 2])));
    }

    [Fact]
    public void Too_few_frames_or_broken_ones_are_refused()
    {
        Assert.Contains("at least 128 are needed", Refused(new DriftCalibration(), new Weather(1).Frames(100)));
        Assert.Contains("output is broken", Refused(new DriftCalibration(), [.. new Weather(1).Frames(200), new Weather(1).Frame() with { Entropy = double.NaN }]));
        Assert.Contains("output is broken", Refused(new DriftCalibration(), [.. new Weather(1).Frames(200), new Weather(1).Frame() with { Areas = [1] }]));
        Assert.Contains("false-alarms 0", Refused(new DriftCalibration { FalseAlarms = 0 }, new Weather(1).Frames(200)));
    }

    [Fact]
    public void A_reference_of_frames_that_are_all_alike_does_not_divide_by_zero()
    {
        var frame = new Weather(1).Frame();
        var reference = new DriftCalibration { Window = 8, Permutations = 100 }.Of([.. Enumerable.Repeat(frame, 40)], 1);
        var comparison = new DriftComparison(DriftReference.Parse(reference.ToBytes(), "reference.json"));
        Assert.DoesNotContain(comparison.Of([.. Enumerable.Repeat(frame, 8)]), value => value.Exceeds || !double.IsFinite(value.Value));
        Assert.Contains(comparison.Of(new Weather(2) { Haze = 5 }.Frames(8)), value => value.Exceeds);
    }

    [Fact]
    public void A_reference_that_contradicts_itself_is_refused()
    {
        var good = System.Text.Encoding.UTF8.GetString(new DriftCalibration { Window = 8, Permutations = 100 }.Of(new Weather(1).Frames(40), 1).ToBytes());
        Broken("\"schema\": 1", "\"schema\": 2", "Take a program as new as the file");
        Broken("\"window\": 8", "\"window\": 0", "a window of 0 frames");
        Broken("\"window\": 8", "\"window\": 8, \"more\": 1", "more");
        Broken("\"bandwidth\": ", "\"bandwidth\": -", "no reference has");
        Broken("\"mmd\"", "\"psi-areas\"", "one finite threshold for each");
        Broken("\"mmd\"", "\"magic\"", "could not be converted");
        Broken("\"mean\": [", "\"mean\": [ 1,", "do not belong together");
        Broken("\"mean\": [", "\"mean\": [ null,", "could not be converted");
        Broken("\"confidence\": [", "\"confidence\": [ 2,", "do not belong together");

        void Broken(string old, string changed, string message)
        {
            Assert.Contains(old, good);
            var at = good.IndexOf(old, StringComparison.Ordinal);
            Assert.Contains(message, Assert.Throws<StageException>(() => DriftReference.Parse(System.Text.Encoding.UTF8.GetBytes(good[..at] + changed + good[(at + old.Length)..]), "reference.json")).Message);
        }
    }

    private static string Refused(DriftCalibration calibration, FrameStatistics[] frames) => Assert.Throws<StageException>(() => calibration.Of(frames, 1)).Message;
}
