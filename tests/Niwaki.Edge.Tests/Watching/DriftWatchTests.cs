using System.Net;
using System.Text.Json;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

public sealed class DriftWatchTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly string bundle;

    public DriftWatchTests() => bundle = new TestBundle { Watched = true }.Unpack(folder);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Usual_pictures_are_silent_and_foreign_ones_raise_an_alarm_everywhere()
    {
        using var said = new StringWriter();
        await using var served = await Served.StartAsync(bundle, state: folder["state"], session: Edge.Session(said));
        var listener = new Listener();
        served.Watch!.Listeners.Add(listener);
        for (var i = 0; i < 16; i++)
            await served.PostAsync(ImageCodec.EncodePng(Scenes.Of(80, 60, 2000 + i)));
        Assert.Empty(listener.Alarms);
        Assert.Contains("niwaki_drift_alarm 0\n", await served.Client.GetStringAsync("/metrics", Cancel), StringComparison.Ordinal);

        for (var i = 0; i < 8; i++)
            await served.PostAsync(ImageCodec.EncodePng(Foreign(i)));
        var alarm = JsonDocument.Parse(Assert.Single(listener.Alarms)).RootElement;
        Assert.Equal(("raised", "roof", 1), (alarm.GetProperty("event").GetString(), alarm.GetProperty("device").GetString(), alarm.GetProperty("alarm").GetInt32()));
        Assert.NotEmpty(alarm.GetProperty("values").EnumerateArray());
        Assert.Contains("drift alarm 1", said.ToString(), StringComparison.Ordinal);
        Assert.Contains("niwaki_drift_alarm 1\n", await served.Client.GetStringAsync("/metrics", Cancel), StringComparison.Ordinal);
        using var drift = JsonDocument.Parse(await served.Client.GetStringAsync("/v1/drift", Cancel));
        Assert.Equal(1, drift.RootElement.GetProperty("alarm").GetProperty("number").GetInt32());
        Assert.Equal(6, drift.RootElement.GetProperty("recent").GetArrayLength());
        await served.Watch.Idle;
        Assert.True(served.Watch.Kept > 0, "a foreign frame is kept for labelling");
        var note = JsonDocument.Parse(await File.ReadAllTextAsync(Directory.EnumerateFiles(folder["state/ring"], "*.json").First(), Cancel)).RootElement;
        Assert.True(note.GetProperty("foreign").GetBoolean() || note.GetProperty("unsure").GetBoolean());
    }

    [Fact]
    public async Task Statistics_and_the_alarm_outlive_the_program()
    {
        await using (var served = await Served.StartAsync(bundle, state: folder["state"]))
        {
            for (var i = 0; i < 9; i++)
                await served.PostAsync(ImageCodec.EncodePng(Foreign(i)));
            Assert.NotNull(served.Watch!.State.Alarm);
        }

        await using var again = await Served.StartAsync(bundle, state: folder["state"]);
        Assert.Equal(9, again.Watch!.State.Totals.Frames);
        Assert.Equal(1, again.Watch.State.Alarm!.Number);
        Assert.True(again.Watch.IsAlarmed);
        Assert.Single(again.Watch.State.Open);
    }

    [Fact]
    public async Task A_request_may_ask_not_to_be_watched()
    {
        await using var served = await Served.StartAsync(bundle, state: folder["state"]);
        using var answer = await served.PostAsync(ImageCodec.EncodePng(Foreign(0)), query: "?watch=0");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, served.Watch!.State.Totals.Frames);
    }

    [Fact]
    public async Task The_ring_keeps_a_fixed_number_of_frames_and_goes_on_after_a_restart()
    {
        var time = new Clock();
        var ring = new FrameRing(folder["ring"], 3, time);
        for (var i = 0; i < 5; i++)
        {
            Assert.Null(await ring.KeepAsync(Note(time, i), Scenes.Of(20, 20, i)));
            Assert.Null(await ring.KeepAsync(Note(time, i), Scenes.Of(20, 20, i))); // within the same second
            time.Now += TimeSpan.FromSeconds(2);
        }

        Assert.Equal(3, ring.Count);
        Assert.Equal(3, Directory.GetFiles(folder["ring"], "*.jpg").Length);
        Assert.Equal(3, Directory.GetFiles(folder["ring"], "*.json").Length);
        Assert.Contains("\"frame-4\"", File.ReadAllText(Directory.GetFiles(folder["ring"], "*.json").Order(StringComparer.Ordinal).Last()), StringComparison.Ordinal);
        var again = new FrameRing(folder["ring"], 3, time);
        Assert.Null(await again.KeepAsync(Note(time, 9), Scenes.Of(20, 20, 9)));
        Assert.Equal(3, Directory.GetFiles(folder["ring"], "*.jpg").Length);
    }

    [Fact]
    public async Task Who_kept_a_frame_may_paint_on_it_at_once()
    {
        var ring = new FrameRing(folder["painted"], 3, new Clock());
        var image = new RgbImage(16, 16, [.. Enumerable.Repeat((byte)200, 16 * 16 * 3)]);
        var kept = ring.KeepAsync(Note(new Clock(), 0), image);
        image.Pixels.AsSpan().Clear();
        Assert.Null(await kept);
        Assert.All(ImageCodec.Decode(Directory.GetFiles(folder["painted"], "*.jpg").Single()).Pixels, value => Assert.InRange(value, 190, 210));
    }

    [Fact]
    public async Task A_frame_that_cannot_be_kept_is_said_and_stops_nothing()
    {
        File.WriteAllText(folder["no-folder"], "a file");
        var time = new Clock();
        var ring = new FrameRing(folder["no-folder"], 3, time);
        Assert.Contains("could not be kept", await ring.KeepAsync(Note(time, 0), Scenes.Of(20, 20, 0)), StringComparison.Ordinal);
        Assert.Equal(0, ring.Count);
    }

    private static KeptFrame Note(Clock time, int number) => new(time.GetUtcNow(), $"frame-{number}", "roof", "colours 1", true, false, 1, 0.4);

    // nearly one grey, which no scene is
    private static RgbImage Foreign(int seed)
    {
        var pixels = new byte[80 * 60 * 3];
        new Random(seed).NextBytes(pixels);
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(200 + pixels[i] / 12);
        return new RgbImage(80, 60, pixels);
    }

    private sealed class Listener : Sink
    {
        public List<string> Alarms { get; } = [];

        public override string Name => "listener";

        public override ValueTask WriteAsync(FrameResult result, CancellationToken cancel) => ValueTask.CompletedTask;

        public override void Raise(byte[] json) => Alarms.Add(System.Text.Encoding.UTF8.GetString(json));
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Now.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }
}
