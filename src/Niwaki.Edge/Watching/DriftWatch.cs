using System.Threading.Channels;

namespace Niwaki.Edge;

/// <summary>
/// The watch of a running program: gives frames to the bundle's monitor, keeps its statistics on the disk, tells alarms, and keeps the
/// frames that somebody should label.
/// </summary>
internal sealed class DriftWatch : IAsyncDisposable
{
    private static readonly TimeSpan SaveStep = TimeSpan.FromSeconds(10);

    private readonly DriftMonitor monitor;
    private readonly WatchOptions options;
    private readonly string bundle;
    private readonly string path;
    private readonly EdgeSession session;
    private readonly FrameRing ring;
    private readonly Channel<bool> changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task saving;
    private readonly Lock sync = new();
    private long? lastOfStream;

    private DriftWatch(DriftReference reference, string bundle, WatchOptions options, EdgeSession session)
    {
        (this.options, this.bundle, this.session) = (options, bundle, session);
        path = Path.Combine(options.State, DriftState.FileName);
        monitor = DriftMonitor.Open(path, reference, options.Device, bundle, session.Time, session.Say);
        IsAlarmed = monitor.Alarm is not null;
        ring = new FrameRing(Path.Combine(options.State, "ring"), options.Ring, session.Time);
        saving = Task.Run(SaveAsync);
    }

    /// <summary>Hears of alarms.</summary>
    public List<Sink> Listeners { get; } = [];

    /// <summary>Everything that is kept.</summary>
    public DriftState State => monitor.State;

    /// <summary>Whether an alarm lasts.</summary>
    public bool IsAlarmed { get; private set; }

    /// <summary>What it is compared with.</summary>
    public DriftReference Reference => monitor.Reference;

    /// <summary>Frames that wait for somebody to label them.</summary>
    public int Kept => ring.Count;

    /// <summary>Done when no frame is being kept.</summary>
    public Task Idle => ring.Idle;

    /// <summary>The watch of a bundle; <see langword="null"/> where the bundle has no reference.</summary>
    /// <exception cref="StageException">The reference or the folder cannot be used.</exception>
    public static DriftWatch? Open(Bundle bundle, WatchOptions options, EdgeSession session) => bundle.Manifest.Reference is { } file
        ? new DriftWatch(DriftReference.Read(bundle.PathOf(file)), $"{bundle.Manifest.Name} {bundle.Manifest.Revision}", options, session)
        : null;

    /// <summary>Takes a frame.</summary>
    /// <param name="statistics">What the model said.</param>
    /// <param name="image">Its pixels.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="stream">Whether it is one of a stream, of which not every frame is taken.</param>
    /// <param name="video">Whether it comes from a video, live or not, whose frames resemble each other.</param>
    /// <returns>What the monitor says of it; <see langword="null"/> where it was not taken.</returns>
    public FrameVerdict? See(FrameStatistics statistics, RgbImage image, string name, bool stream, bool video = false)
    {
        if (stream && !IsDue())
            return null;
        var verdict = monitor.Add(statistics, stream || video);
        if (verdict.WorthKeeping)
            _ = KeepAsync(new KeptFrame(session.Time.GetUtcNow(), name, options.Device, bundle, verdict.Unsure, verdict.Foreign, Finite(verdict.Strangeness), statistics.Confidence), image);
        IsAlarmed = verdict.Raised is not null || (IsAlarmed && verdict.Cleared is null);
        if (verdict.Raised is { } raised)
            Tell("raised", raised, raised.Raised);
        if (verdict.Cleared is { } cleared)
            Tell("cleared", cleared, cleared.Cleared ?? session.Time.GetUtcNow());
        if (verdict.Window is not null)
            changes.Writer.TryWrite(true);
        return verdict;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        changes.Writer.TryComplete();
        await saving;
        await ring.Idle;
        Save();
    }

    private async Task KeepAsync(KeptFrame note, RgbImage image)
    {
        if (await ring.KeepAsync(note, image) is { } problem)
            session.Say(problem);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? Math.Round(value, 3) : null;

    private bool IsDue()
    {
        lock (sync)
        {
            var now = session.Time.GetTimestamp();
            if (lastOfStream is { } last && session.Time.GetElapsedTime(last, now) < options.StreamStep)
                return false;
            lastOfStream = now;
            return true;
        }
    }

    private void Tell(string what, DriftAlarm alarm, DateTimeOffset when)
    {
        session.Say($"{options.Device}, {bundle}: {alarm} {what}.");
        var json = EdgeJson.Write(new DriftNotice(what, options.Device, bundle, when, alarm.Number, alarm.ToString(), [.. alarm.Values.Select(DriftExcess.Of)]));
        foreach (var listener in Listeners)
        {
            try
            {
                listener.Raise(json);
            }
            catch (StageException problem)
            {
                session.Say(problem.Message);
            }
        }

        // kept at once: after a loss of power the alarm is not raised again
        Save();
    }

    private async Task SaveAsync()
    {
        while (await changes.Reader.WaitToReadAsync())
        {
            changes.Reader.TryRead(out _);
            Save();
            // windows of a fast stream would wear the disk out
            await Task.WhenAny(Task.Delay(SaveStep, session.Time, CancellationToken.None), changes.Reader.Completion);
        }
    }

    private void Save()
    {
        try
        {
            lock (sync)
                monitor.Save(path);
        }
        catch (StageException problem)
        {
            session.Say(problem.Message);
        }
    }
}
