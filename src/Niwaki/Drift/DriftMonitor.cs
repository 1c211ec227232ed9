using System.Security.Cryptography;
using System.Text;

namespace Niwaki;

/// <summary>
/// Watches the frames of a device against the bundle's reference, in bounded memory. Frames fill windows; a full window is compared; an
/// alarm is raised when <see cref="DriftReference.Hold"/> windows in a row exceed a threshold, and cleared when as many in a row do not.
/// May be used from several threads.
/// </summary>
/// <remarks>
/// Frames of a video resemble each other, and the thresholds are those of pictures that do not: give it a frame every few seconds of a
/// stream, not all of them, and say that it is of one: frames that still show the same as an earlier one of their window count once, and in
/// the totals that are compared across a fleet once as long as the view is remembered.
/// </remarks>
public sealed class DriftMonitor
{
    private readonly Lock gate = new();
    private readonly DriftComparison comparison;
    private readonly TimeProvider time;
    private readonly ulong salt;
    private DriftState state;

    /// <summary>A watch that begins now.</summary>
    /// <param name="reference">The bundle's.</param>
    /// <param name="device">The device's own name.</param>
    /// <param name="bundle">The bundle's name and revision.</param>
    /// <param name="time">The clock.</param>
    public DriftMonitor(DriftReference reference, string device, string bundle, TimeProvider time)
    {
        comparison = new DriftComparison(reference);
        this.time = time;
        salt = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(device)));
        var now = time.GetUtcNow();
        var expected = new DriftExpectation(reference.Window, new ValueList<long>(comparison.ConfidenceBins), new ValueList<long>(comparison.EntropyBins), reference.Areas);
        state = new DriftState(DriftState.CurrentSchema, device, bundle, reference.Digest(), expected, now, now, 0, 0, 0, 0, 0, Nothing(expected), [], [], []);
    }

    /// <summary>A copy of everything that is kept. It does not change.</summary>
    public DriftState State
    {
        get
        {
            lock (gate)
                return state with { Saved = time.GetUtcNow() };
        }
    }

    /// <summary>The reference that it compares with.</summary>
    public DriftReference Reference => comparison.Reference;

    /// <summary>The alarm that lasts; <see langword="null"/> where all is well.</summary>
    public DriftAlarm? Alarm => State.Alarm;

    /// <summary>Goes on with what was kept, where it belongs to this reference and this device; otherwise begins anew.</summary>
    /// <param name="path">Where <see cref="Save"/> wrote.</param>
    /// <param name="reference">The bundle's.</param>
    /// <param name="device">The device's own name.</param>
    /// <param name="bundle">The bundle's name and revision.</param>
    /// <param name="time">The clock.</param>
    /// <param name="say">Hears why a watch begins anew although there is a file; that file is kept beside, with the ending <c>.old</c>.</param>
    public static DriftMonitor Open(string path, DriftReference reference, string device, string bundle, TimeProvider time, Action<string> say)
    {
        var monitor = new DriftMonitor(reference, device, bundle, time);
        if (!File.Exists(path))
            return monitor;
        try
        {
            var kept = DriftState.Read(path);
            if (kept.Reference == monitor.state.Reference && kept.Device == device && kept.Expected == monitor.state.Expected && kept.Open.Count < reference.Window && kept.Open.All(monitor.comparison.Fits) && kept.Views.All(view => view.Count == monitor.comparison.Width && view.All(float.IsFinite)))
            {
                monitor.state = kept with { Bundle = bundle };
                return monitor;
            }

            say($"{path}: belongs to another reference or device ({kept.Bundle} on {kept.Device}); the watch begins anew.");
        }
        catch (StageException problem)
        {
            say($"{problem.Message} The watch begins anew.");
        }

        try
        {
            File.Move(path, path + ".old", overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            say($"{path}: could not be moved aside ({problem.Message}).");
        }

        return monitor;
    }

    /// <summary>Writes what is kept, whole or not at all.</summary>
    /// <exception cref="StageException">The disk is full; the watch itself goes on.</exception>
    public void Save(string path) => State.Write(path);

    /// <summary>Takes one frame.</summary>
    /// <param name="frame">Its numbers.</param>
    /// <param name="video">Whether it resembles the frames before it because they come from one camera.</param>
    /// <exception cref="ArgumentException">It has other numbers than the reference's frames.</exception>
    public FrameVerdict Add(FrameStatistics frame, bool video = false)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (!comparison.Fits(frame))
            throw new ArgumentException($"A frame of {frame.Areas.Length} areas and {frame.Feature.Length} features does not fit a reference of {comparison.Reference.Areas.Count} and {comparison.Width}.", nameof(frame));
        lock (gate)
        {
            if (!frame.IsFinite)
            {
                state = state with { Totals = state.Totals with { Refused = state.Totals.Refused + 1 } };
                return new FrameVerdict(Unsure: true, Foreign: true, double.PositiveInfinity);
            }

            var strangeness = comparison.Strangeness(frame);
            var verdict = new FrameVerdict(frame.Confidence < Reference.UnsureBelow, strangeness > Reference.ForeignAbove, strangeness, state.Alarm is not null);
            var (views, seen) = video ? Seen(frame) : (state.Views, false);
            state = state with { Totals = Counted(state.Totals, frame, seen), Views = views, Open = [.. state.Open, frame] };
            return state.Open.Count < Reference.Window ? verdict : Close(verdict, video);
        }
    }

    private FrameVerdict Close(FrameVerdict verdict, bool video)
    {
        var now = time.GetUtcNow();
        var frames = state.Open;
        var window = new DriftWindow(
            state.Windows + 1,
            now,
            new ValueList<double>(DriftComparison.MeanAreas(frames, Reference.Areas.Count)),
            video ? comparison.OfVideo(frames) : comparison.Of(frames),
            frames.Average(frame => frame.Confidence),
            frames.Average(frame => frame.Entropy));
        var (lasting, streak, calm) = (state.Alarm, window.Exceeds ? state.Streak + 1 : 0, window.Exceeds ? 0 : state.Calm + 1);
        var alarms = state.Alarms;
        DriftAlarm? raised = null, cleared = null;
        if (lasting is null && streak >= Reference.Hold)
        {
            raised = new DriftAlarm(state.Raised + 1, now, window.Number, new ValueList<DriftValue>(window.Values.Where(value => value.Exceeds)));
            alarms = new ValueList<DriftAlarm>(alarms.Append(raised).TakeLast(DriftState.RecentAlarms));
        }
        else if (lasting is not null && calm >= Reference.Hold)
        {
            cleared = lasting with { Cleared = now };
            alarms = new ValueList<DriftAlarm>(alarms.SkipLast(1).Append(cleared));
        }

        state = state with
        {
            Windows = window.Number,
            Exceeding = state.Exceeding + (window.Exceeds ? 1 : 0),
            Streak = streak,
            Calm = calm,
            Raised = state.Raised + (raised is null ? 0 : 1),
            Recent = new ValueList<DriftWindow>(state.Recent.Append(window).TakeLast(DriftState.RecentWindows)),
            Alarms = alarms,
            Open = [],
        };
        return verdict with { Window = window, Raised = raised, Cleared = cleared };
    }

    // a view is forgotten when as many others came after it was last seen
    private (ValueList<ValueList<float>> Views, bool Seen) Seen(FrameStatistics frame)
    {
        var place = comparison.Alike(frame, state.Views);
        if (place == state.Views.Count - 1 && place >= 0)
            return (state.Views, true);
        var latest = place < 0 ? new ValueList<float>(frame.Feature) : state.Views[place];
        return (new ValueList<ValueList<float>>(state.Views.Where((_, index) => index != place).Append(latest).TakeLast(DriftState.RecentViews)), place >= 0);
    }

    private DriftTotals Counted(DriftTotals totals, FrameStatistics frame, bool seen)
    {
        totals = totals with
        {
            Frames = totals.Frames + 1,
            Confidence = frame.Confidence is { } confidence ? totals.Confidence.With(confidence) : totals.Confidence,
            Entropy = frame.Entropy is { } entropy ? totals.Entropy.With(entropy) : totals.Entropy,
        };
        return seen ? totals : Compared(totals, frame);
    }

    private DriftTotals Compared(DriftTotals totals, FrameStatistics frame)
    {
        var priority = Mixed(salt ^ (ulong)totals.Frames);
        return totals with
        {
            ConfidenceBins = Counted(totals.ConfidenceBins, frame.Confidence, comparison.ConfidenceEdges),
            EntropyBins = Counted(totals.EntropyBins, frame.Entropy, comparison.EntropyEdges),
            Areas = new ValueList<Moments>(totals.Areas.Zip(frame.Areas, (seen, area) => seen.With(area))),
            Sample = totals.Sample.Count < DriftTotals.SampleSize || priority < totals.Sample[^1].Priority
                ? new ValueList<DriftSample>(totals.Sample.Append(new DriftSample(priority, new ValueList<float>(frame.Feature))).OrderBy(sample => sample.Priority).Take(DriftTotals.SampleSize))
                : totals.Sample,
        };
    }

    private static ValueList<long> Counted(ValueList<long> bins, double? value, double[] edges)
    {
        if (value is not { } number)
            return bins;
        long[] counts = [.. bins];
        counts[Divergence.BinOf(number, edges)]++;
        return new ValueList<long>(counts);
    }

    private static DriftTotals Nothing(DriftExpectation expected) => new(
        0,
        0,
        default,
        default,
        new ValueList<long>(new long[expected.ConfidenceBins.Count]),
        new ValueList<long>(new long[expected.EntropyBins.Count]),
        new ValueList<Moments>(new Moments[expected.Areas.Count]),
        []);

    // splitmix64
    private static ulong Mixed(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
