namespace Niwaki.Tests;

public sealed class FleetReportTests
{
    private static readonly Lazy<DriftReference> Usual = new(() => new DriftCalibration { Permutations = 1000 }.Of(new Weather(1).Frames(300), 7));

    [Fact]
    public void A_calm_fleet_is_put_together_without_an_alarm()
    {
        var report = FleetReport.Of([State("a", new Weather(2)), State("b", new Weather(3))], Usual.Value);
        Assert.False(report.Alarmed);
        var group = Assert.Single(report.Groups);
        Assert.Equal((2, 640), (group.Devices, group.Frames));
        Assert.Equal([DriftStatistic.PsiConfidence, DriftStatistic.PsiEntropy, DriftStatistic.PsiAreas, DriftStatistic.Mmd], group.Values.Select(value => value.Statistic));
        Assert.All(report.Devices, device => Assert.All(device.Values, value => Assert.True(value.Value < 0.15)));
        Assert.Empty(report.Remarks);
    }

    [Fact]
    public void A_device_with_an_alarm_comes_first_and_alarms_the_fleet()
    {
        var report = FleetReport.Of([State("a", new Weather(2)), State("b", new Weather(3) { Haze = 2 }), State("c", new Weather(4))]);
        Assert.True(report.Alarmed);
        Assert.Equal(["b", "a", "c"], report.Devices.Select(device => device.Device));
        Assert.NotNull(report.Devices[0].Alarm);
    }

    [Fact]
    public void A_drift_too_small_for_any_device_s_window_is_seen_when_all_frames_are_put_together()
    {
        // the second class grows by a little: no window of 32 exceeds three times in a row, the sum is certain
        var calm = Enumerable.Range(0, 4).Select(i => State($"d{i}", new Weather(20 + i) { Haze = 0.45 }, windows: 6)).ToArray();
        var report = FleetReport.Of(calm);
        Assert.DoesNotContain(report.Devices, device => device.Alarm is not null);
        Assert.Contains(Assert.Single(report.Groups).Values, value => value is { Statistic: DriftStatistic.PsiConfidence, Exceeds: true });
        Assert.True(report.Alarmed);
    }

    [Fact]
    public void Too_few_frames_say_nothing_and_other_references_stay_apart()
    {
        var other = new DriftCalibration { Permutations = 200 }.Of(new Weather(50).Frames(200), 1);
        var report = FleetReport.Of([State("a", new Weather(2), windows: 1), State("b", new Weather(3), other)]);
        Assert.Equal(2, report.Groups.Count);
        Assert.Empty(report.Devices.Single(device => device.Device == "a").Values);
        Assert.Contains("2 different references", Assert.Single(report.Remarks));
    }

    [Fact]
    public void Two_copies_of_one_device_count_once()
    {
        var (file, state) = State("a", new Weather(2));
        var report = FleetReport.Of([("old.json", state with { Saved = state.Saved.AddHours(-1) }), (file, state)]);
        Assert.Equal(320, Assert.Single(report.Groups).Frames);
        Assert.Contains("old.json: older statistics of a", Assert.Single(report.Remarks));
    }

    [Fact]
    public void Statistics_that_only_claim_the_same_reference_are_left_out()
    {
        var (file, state) = State("a", new Weather(2));
        var report = FleetReport.Of([(file, state), ("b", state with { Device = "b", Expected = state.Expected with { Window = 3 } })]);
        Assert.Equal(1, Assert.Single(report.Groups).Devices);
        Assert.Contains("left out of the sum", Assert.Single(report.Remarks));
    }

    [Fact]
    public void The_float_model_tells_drift_of_the_data_from_drift_of_the_quantization()
    {
        var reference = Usual.Value with { Float = new DriftCalibration { Permutations = 1000 }.Of(new Weather(60).Frames(300), 7) };
        Assert.Equal(DriftCause.None, Cause(new Weather(61), new Weather(62)));
        Assert.Equal(DriftCause.Data, Cause(new Weather(61) { Haze = 2 }, new Weather(62) { Haze = 2 }));
        Assert.Equal(DriftCause.Quantization, Cause(new Weather(61) { Haze = 2 }, new Weather(62)));
        Assert.Equal(DriftCause.Unknown, Cause(new Weather(61) { Haze = 2 }, null));
        Assert.Contains("too few", Assert.Throws<StageException>(() => DriftDiagnosis.Of(reference, new Weather(1).Frames(5), null)).Message);
        Assert.Contains("belongs to another model", Assert.Throws<StageException>(() => DriftDiagnosis.Of(reference, new Weather(1) { LabelsAlone = true }.Frames(50), null)).Message);

        DriftCause Cause(Weather serving, Weather? shadow) => DriftDiagnosis.Of(reference, serving.Frames(64), shadow?.Frames(64)).Cause;
    }

    [Fact]
    public void Frames_of_a_video_that_show_the_same_count_once_in_the_sum_too()
    {
        // one scene each, in the usual weather: no device has an alarm, and there are as many views as cameras
        var few = Enumerable.Range(0, 8).Select(i => Still($"c{i}", new Weather(110 + i))).ToArray();
        var calm = FleetReport.Of(few, Usual.Value);
        Assert.False(calm.Alarmed);
        Assert.All(calm.Devices, device => Assert.Equal((320, 1, 0), (device.Frames, device.Distinct, device.Values.Count)));
        Assert.Equal((2560, 8), (calm.Groups[0].Frames, calm.Groups[0].Distinct));
        // too few views for a verdict, where the frames would be enough
        Assert.Empty(calm.Groups[0].Values);
        // the same frames taken for independent ones
        Assert.Contains(FleetReport.Of([.. Enumerable.Range(0, 8).Select(i => Still($"c{i}", new Weather(110 + i), video: false))], Usual.Value).Groups[0].Values, value => value.Exceeds);

        var many = Enumerable.Range(0, 200).Select(i => Still($"c{i}", new Weather(200 + i), windows: 1)).ToArray();
        Assert.InRange(FleetReport.Of(many).Groups[0].Distinct, 195, 200);
        Assert.False(FleetReport.Of(many).Alarmed);
        // hazy everywhere: no camera can tell it from its own scene, all of them together can
        var hazy = FleetReport.Of([.. Enumerable.Range(0, 200).Select(i => Still($"c{i}", new Weather(500 + i) { Haze = 1 }, windows: 1))]);
        Assert.DoesNotContain(hazy.Devices, device => device.Alarm is not null);
        Assert.Contains(hazy.Groups[0].Values, value => value is { Statistic: DriftStatistic.PsiConfidence, Exceeds: true });
    }

    [Fact]
    public void A_view_that_comes_back_is_no_new_one_also_after_a_restart_and_views_are_forgotten_in_bounded_memory()
    {
        var folder = Directory.CreateTempSubdirectory("niwaki-views-").FullName;
        try
        {
            var path = Path.Combine(folder, DriftState.FileName);
            var places = new Weather(900).Frames(5);
            var monitor = new DriftMonitor(Usual.Value, "a", "garden 1", TimeProvider.System);
            foreach (var place in Enumerable.Repeat(places, 3).SelectMany(round => round))
                monitor.Add(place, video: true);
            monitor.Save(path);
            monitor = DriftMonitor.Open(path, Usual.Value, "a", "garden 1", TimeProvider.System, message => Assert.Fail(message));
            Array.ForEach(places, place => monitor.Add(place, video: true));
            Assert.Equal((20, 5, 5), (monitor.State.Totals.Frames, monitor.State.Totals.Distinct, monitor.State.Views.Count));
            Assert.Equal(5, monitor.State.Totals.ConfidenceBins.Sum());
            Array.ForEach(new Weather(901).Frames(3 * DriftState.RecentViews), frame => monitor.Add(frame, video: true));
            Assert.Equal(DriftState.RecentViews, monitor.State.Views.Count);
            var before = monitor.State.Totals.Distinct;
            monitor.Add(places[0], video: true);
            Assert.Equal(before + 1, monitor.State.Totals.Distinct);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Statistics_that_a_program_without_views_kept_are_read()
    {
        var folder = Directory.CreateTempSubdirectory("niwaki-views-").FullName;
        try
        {
            var path = Path.Combine(folder, DriftState.FileName);
            var monitor = new DriftMonitor(Usual.Value, "a", "garden 1", TimeProvider.System);
            Array.ForEach(new Weather(900).Frames(5), place => monitor.Add(place));
            monitor.Save(path);
            var kept = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
            Assert.True(kept.Remove("views"));
            var state = DriftState.Parse(System.Text.Encoding.UTF8.GetBytes(kept.ToJsonString()), path);
            Assert.Empty(state.Views);
            Assert.Equal(5, state.Totals.Frames);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (string File, DriftState State) Still(string device, Weather weather, int windows = 10, bool video = true)
    {
        var monitor = new DriftMonitor(Usual.Value, device, "garden 1", TimeProvider.System);
        var (scene, noise) = (weather.Frame(), new Random(1));
        for (var i = 0; i < windows * monitor.Reference.Window; i++)
            monitor.Add(scene with { Feature = [.. scene.Feature.Select(value => value * (1 + (0.01f * (noise.NextSingle() - 0.5f))))] }, video);
        return ($"{device}.json", monitor.State);
    }

    private static (string File, DriftState State) State(string device, Weather weather, DriftReference? reference = null, int windows = 10)
    {
        var monitor = new DriftMonitor(reference ?? Usual.Value, device, "garden 1", TimeProvider.System);
        foreach (var frame in weather.Frames(windows * monitor.Reference.Window))
            monitor.Add(frame);
        return ($"{device}.json", monitor.State);
    }
}
