namespace Niwaki.Tests;

public sealed class DriftMonitorTests : IDisposable
{
    private static readonly Lazy<DriftReference> Usual = new(() => new DriftCalibration().Of(new Weather(1).Frames(400), 7));

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Fresh_frames_of_the_same_kind_exceed_at_the_stated_rate_and_raise_no_alarm()
    {
        var monitor = Monitor(Usual.Value);
        var weather = new Weather(2);
        for (var frame = 0; frame < 1000 * Usual.Value.Window; frame++)
            monitor.Add(weather.Frame());
        // one reference of 400 frames is not all frames: its own error moves the rate of 1 % to somewhere near it
        Assert.Equal(1000, monitor.State.Windows);
        Assert.InRange(monitor.State.Exceeding, 1, 40);
        Assert.Equal(0, monitor.State.Raised);
    }

    [Theory]
    [InlineData(1.5, 0, 0, DriftStatistic.KsConfidence)]
    [InlineData(0, 0.3, 0, DriftStatistic.PsiAreas)]
    [InlineData(0, 0, 3, DriftStatistic.Mmd)]
    public void Each_kind_of_change_is_seen_by_its_statistic_and_raises_an_alarm_that_ends_with_it(double haze, double flood, double foreign, DriftStatistic by)
    {
        var monitor = Monitor(Usual.Value);
        Feed(monitor, new Weather(3), 5);
        Assert.Null(monitor.Alarm);
        var verdicts = Feed(monitor, new Weather(4) { Haze = haze, Flood = flood, Foreign = foreign }, 3);
        var raised = Assert.Single(verdicts, verdict => verdict.Raised is not null).Raised!;
        Assert.Equal(8, raised.Window);
        Assert.Contains(raised.Values, value => value.Statistic == by);
        Assert.Equal(raised, monitor.Alarm);
        Assert.Contains(Catalog.Kebab(by.ToString()), raised.ToString());

        var cleared = Assert.Single(Feed(monitor, new Weather(5), 3), verdict => verdict.Cleared is not null);
        Assert.NotNull(cleared.Cleared!.Cleared);
        Assert.Null(monitor.Alarm);
    }

    [Fact]
    public void A_camera_that_stands_still_raises_no_alarm_unless_its_picture_is_foreign()
    {
        var still = Monitor(Usual.Value);
        var scene = new Weather(30).Frame();
        var random = new Random(3);
        for (var frame = 0; frame < 10 * Usual.Value.Window; frame++)
            still.Add(Noisy(scene), video: true);
        Assert.Equal(10, still.State.Windows);
        Assert.Equal(0, still.State.Exceeding);
        Assert.Equal(DriftStatistic.Strangeness, Assert.Single(still.State.Recent[^1].Values).Statistic);

        var foreign = new Weather(31) { Foreign = 6 }.Frame();
        for (var frame = 0; frame < Usual.Value.Hold * Usual.Value.Window; frame++)
            still.Add(Noisy(foreign), video: true);
        Assert.Equal(DriftStatistic.Strangeness, Assert.Single(still.Alarm!.Values).Statistic);

        FrameStatistics Noisy(FrameStatistics frame) => frame with { Feature = [.. frame.Feature.Select(value => value * (1 + 0.01f * (random.NextSingle() - 0.5f)))] };
    }

    [Fact]
    public void A_change_that_does_not_hold_is_no_alarm()
    {
        var monitor = Monitor(Usual.Value);
        for (var round = 0; round < 4; round++)
        {
            Feed(monitor, new Weather(10 + round) { Haze = 3 }, Usual.Value.Hold - 1);
            Feed(monitor, new Weather(20 + round), 1);
        }

        Assert.Equal(0, monitor.State.Raised);
        Assert.True(monitor.State.Exceeding >= 8);
    }

    [Fact]
    public void A_graph_that_gives_labels_alone_is_watched_by_its_areas_and_features()
    {
        var reference = new DriftCalibration { Window = 16 }.Of(new Weather(1) { LabelsAlone = true }.Frames(200), 7);
        Assert.Equal([DriftStatistic.PsiAreas, DriftStatistic.Mmd], reference.Thresholds.Select(threshold => threshold.Statistic));
        var monitor = Monitor(DriftReference.Parse(reference.ToBytes(), "reference.json"));
        Feed(monitor, new Weather(3) { LabelsAlone = true }, 3);
        Assert.Null(monitor.Alarm);
        Feed(monitor, new Weather(4) { LabelsAlone = true, Flood = 0.4 }, 3);
        Assert.NotNull(monitor.Alarm);
        Assert.Throws<ArgumentException>(() => monitor.Add(new Weather(5).Frame()));
    }

    [Fact]
    public void A_frame_far_out_is_worth_keeping_and_one_without_numbers_is_counted_apart()
    {
        var monitor = Monitor(Usual.Value);
        var usual = new Weather(6).Frames(500).Count(frame => monitor.Add(frame).WorthKeeping);
        Assert.InRange(usual, 1, 30);
        Assert.True(monitor.Add(new Weather(6) { Haze = 6 }.Frame()).Unsure);
        Assert.True(monitor.Add(new Weather(6) { Foreign = 12 }.Frame()).Foreign);
        Feed(monitor, new Weather(7) { Flood = 0.5 }, 4);
        Assert.True(monitor.Add(new Weather(6).Frame()).Drifting);
        var frames = monitor.State.Totals.Frames;
        Assert.True(monitor.Add(new Weather(6).Frame() with { Confidence = double.NaN }).WorthKeeping);
        Assert.Equal((frames, 1), (monitor.State.Totals.Frames, monitor.State.Totals.Refused));
    }

    [Fact]
    public void A_watch_that_is_saved_and_opened_again_goes_on_as_if_nothing_had_happened()
    {
        var path = folder.Of("state", "drift.json");
        var (through, broken) = (Monitor(Usual.Value), Monitor(Usual.Value));
        var weather = new Weather(8) { Haze = 3 }.Frames(5 * Usual.Value.Window);
        for (var i = 0; i < weather.Length; i++)
        {
            through.Add(weather[i]);
            broken.Add(weather[i]);
            if (i % 37 != 0)
                continue;
            broken.Save(path);
            broken = DriftMonitor.Open(path, Usual.Value, "board-1", "garden 1", TimeProvider.System, message => Assert.Fail(message));
        }

        Assert.NotNull(broken.Alarm);
        Assert.Equal(through.Alarm!.Window, broken.Alarm.Window);
        Assert.Equal(through.State.Totals.Confidence, broken.State.Totals.Confidence);
        Assert.Equal(through.State.Totals.Sample, broken.State.Totals.Sample);
        Assert.Equal(through.State.Recent.Select(window => window.Values), broken.State.Recent.Select(window => window.Values));
    }

    [Fact]
    public void Kept_statistics_of_another_reference_or_damaged_ones_are_put_aside()
    {
        var path = folder.Of("drift.json");
        var monitor = Monitor(Usual.Value);
        Feed(monitor, new Weather(9), 1);
        monitor.Save(path);
        var said = new List<string>();
        var other = new DriftCalibration { Window = 16 }.Of(new Weather(99).Frames(200), 7);
        Assert.Equal(0, DriftMonitor.Open(path, other, "board-1", "garden 2", TimeProvider.System, said.Add).State.Totals.Frames);
        Assert.Contains("belongs to another reference", Assert.Single(said));
        Assert.True(File.Exists(path + ".old"));

        foreach (var damaged in new[] { "", "{", "[]", "{\"schema\":9}", "{\"schema\":1}", new string('[', 100_000), File.ReadAllText(path + ".old").Replace("\"windows\": 1", "\"windows\": -1", StringComparison.Ordinal) })
        {
            File.WriteAllText(path, damaged);
            said.Clear();
            Assert.Equal(0, DriftMonitor.Open(path, Usual.Value, "board-1", "garden 1", TimeProvider.System, said.Add).State.Totals.Frames);
            Assert.Contains("begins anew", Assert.Single(said));
        }
    }

    [Fact]
    public void Memory_is_bounded_whatever_is_seen()
    {
        var monitor = Monitor(Usual.Value);
        Feed(monitor, new Weather(11), 300);
        var path = folder.Of("drift.json");
        monitor.Save(path);
        var size = new FileInfo(path).Length;
        Feed(monitor, new Weather(12), 300);
        monitor.Save(path);
        Assert.InRange(new FileInfo(path).Length, size * 9 / 10, size * 11 / 10);
        Assert.Equal(DriftState.RecentWindows, monitor.State.Recent.Count);
        Assert.Equal(DriftTotals.SampleSize, monitor.State.Totals.Sample.Count);
    }

    [Fact]
    public void Totals_of_two_devices_are_those_of_all_their_frames()
    {
        var (one, two) = (Monitor(Usual.Value), new DriftMonitor(Usual.Value, "board-2", "garden 1", TimeProvider.System));
        var (first, second) = (new Weather(13).Frames(300), new Weather(14) { Haze = 1 }.Frames(100));
        Array.ForEach(first, frame => one.Add(frame));
        Array.ForEach(second, frame => two.Add(frame));
        var both = one.State.Totals.With(two.State.Totals);
        var mirrored = two.State.Totals.With(one.State.Totals);
        var confidences = first.Concat(second).Select(frame => frame.Confidence!.Value).ToArray();
        Assert.Equal(400, both.Frames);
        Assert.Equal(confidences.Average(), both.Confidence.Mean, 10);
        Assert.Equal(Math.Sqrt(confidences.Sum(value => Math.Pow(value - confidences.Average(), 2)) / 399), both.Confidence.Deviation, 10);
        Assert.Equal((confidences.Min(), confidences.Max()), (both.Confidence.Min, both.Confidence.Max));
        Assert.Equal(400, both.ConfidenceBins.Sum());
        Assert.Equal(both.Sample, mirrored.Sample);
        Assert.InRange(both.Sample.Count(sample => two.State.Totals.Sample.Contains(sample)), 5, 30);
    }

    [Fact]
    public void Many_threads_may_feed_one_watch()
    {
        var monitor = Monitor(Usual.Value);
        Parallel.For(0, 8, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, thread => Array.ForEach(new Weather(thread).Frames(200), frame => monitor.Add(frame)));
        Assert.Equal((1600, 1600 / Usual.Value.Window), (monitor.State.Totals.Frames, monitor.State.Windows));
    }

    private static DriftMonitor Monitor(DriftReference reference) => new(reference, "board-1", "garden 1", TimeProvider.System);

    private static FrameVerdict[] Feed(DriftMonitor monitor, Weather weather, int windows) => [.. weather.Frames(windows * monitor.Reference.Window).Select(frame => monitor.Add(frame))];
}
