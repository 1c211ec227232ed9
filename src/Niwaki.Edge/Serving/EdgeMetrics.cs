using System.Collections.Concurrent;
using System.Globalization;

namespace Niwaki.Edge;

/// <summary>Counts what happens.</summary>
internal sealed class EdgeMetrics
{
    // seconds
    private static readonly double[] Limits = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<int, long> answers = new();
    private readonly Dictionary<string, Histogram> stages = new(StringComparer.Ordinal) { ["request"] = new(), ["wait"] = new(), ["decode"] = new(), ["prepare"] = new(), ["engine"] = new(), ["restore"] = new(), ["statistics"] = new() };
    private double meanFrame;

    /// <summary>The mean time of a frame, the newest counting most.</summary>
    public TimeSpan MeanFrame => TimeSpan.FromSeconds(Volatile.Read(ref meanFrame));

    /// <summary>Frames that were labelled.</summary>
    public long Frames => stages["engine"].Count;

    /// <summary>An answer was sent.</summary>
    public void Answer(int status, TimeSpan took)
    {
        answers.AddOrUpdate(status, 1, (_, count) => count + 1);
        // refusals take next to no time and would hide how long the others take
        if (status == 200)
            stages["request"].Add(took.TotalSeconds);
    }

    /// <summary>A request waited for its turn.</summary>
    public void Waited(TimeSpan time) => stages["wait"].Add(time.TotalSeconds);

    /// <summary>A frame was labelled.</summary>
    public void Frame(FrameTiming timing)
    {
        stages["decode"].Add(timing.Decode.TotalSeconds);
        stages["prepare"].Add(timing.Prepare.TotalSeconds);
        stages["engine"].Add(timing.Engine.TotalSeconds);
        stages["restore"].Add(timing.Restore.TotalSeconds);
        stages["statistics"].Add(timing.Statistics.TotalSeconds);
        var mean = Volatile.Read(ref meanFrame);
        Volatile.Write(ref meanFrame, mean == 0 ? timing.Total.TotalSeconds : 0.9 * mean + 0.1 * timing.Total.TotalSeconds);
    }

    /// <summary>A percentile of a stage, between the limits of its histogram; <see langword="null"/> before anything happened.</summary>
    public double? Percentile(string stage, double share) => stages[stage].Percentile(share);

    /// <summary>Everything.</summary>
    /// <param name="bundle">What is served.</param>
    /// <param name="waiting">Requests inside.</param>
    /// <param name="watch">Where there is one.</param>
    public IReadOnlyList<MetricFamily> Read(BundleManifest bundle, int waiting, DriftWatch? watch)
    {
        List<MetricFamily> families =
        [
            new("niwaki_info", MetricKind.Gauge, "What is served.", "1", [new MetricPoint([new("bundle", bundle.Name), new("revision", bundle.Revision.ToString(CultureInfo.InvariantCulture)), new("version", EdgeSession.Version)], 1)]),
            new("niwaki_answers_total", MetricKind.Counter, "Answers to requests for labels, by HTTP status.", "1", [.. answers.OrderBy(answer => answer.Key).Select(answer => MetricPoint.Of("status", answer.Key.ToString(CultureInfo.InvariantCulture), answer.Value))]),
            new("niwaki_requests_inside", MetricKind.Gauge, "Requests that run or wait.", "1", MetricPoint.Of(waiting)),
            new("niwaki_seconds", MetricKind.Histogram, "Time of requests that got labels, and of the stages of a frame.", "s", [.. stages.Select(stage => stage.Value.Read(stage.Key))]),
        ];
        if (PeakMemory.Now() is { } memory)
            families.Add(new("process_resident_memory_bytes", MetricKind.Gauge, "Resident memory.", "By", MetricPoint.Of(memory.Value)));
        if (watch?.State is { } state)
            families.AddRange(Drift(state, watch.Kept));
        return families;
    }

    private static IEnumerable<MetricFamily> Drift(DriftState drift, int kept)
    {
        yield return Counter("niwaki_drift_frames_total", "Frames that were watched.", drift.Totals.Frames);
        yield return Counter("niwaki_drift_windows_total", "Windows that were compared with the reference.", drift.Windows);
        yield return Counter("niwaki_drift_windows_exceeding_total", "Windows that exceeded a threshold.", drift.Exceeding);
        yield return Counter("niwaki_drift_alarms_total", "Alarms that were raised.", drift.Raised);
        yield return new("niwaki_drift_alarm", MetricKind.Gauge, "1 while an alarm lasts.", "1", MetricPoint.Of(drift.Alarm is null ? 0 : 1));
        yield return new("niwaki_frames_kept", MetricKind.Gauge, "Frames that wait for somebody to label them.", "1", MetricPoint.Of(kept));
        if (drift.Recent.Count == 0)
            yield break;
        yield return new("niwaki_drift_value", MetricKind.Gauge, "How far the last window is from the reference.", "1", [.. drift.Recent[^1].Values.Select(value => MetricPoint.Of("statistic", Catalog.Kebab(value.Statistic.ToString()), value.Value))]);
        yield return new("niwaki_drift_threshold", MetricKind.Gauge, "How far it may be.", "1", [.. drift.Recent[^1].Values.Select(value => MetricPoint.Of("statistic", Catalog.Kebab(value.Statistic.ToString()), value.Threshold))]);

        // they outlive the program
        MetricFamily Counter(string name, string help, long value) => new(name, MetricKind.Counter, help, "1", MetricPoint.Of(value)) { Since = drift.Since };
    }

    private sealed class Histogram
    {
        private readonly Lock sync = new();
        private readonly long[] counts = new long[Limits.Length + 1];
        private double sum;

        public long Count { get; private set; }

        public void Add(double seconds)
        {
            var place = 0;
            while (place < Limits.Length && seconds > Limits[place])
                place++;
            lock (sync)
            {
                counts[place]++;
                sum += seconds;
                Count++;
            }
        }

        public double? Percentile(double share)
        {
            lock (sync)
            {
                if (Count == 0)
                    return null;
                var wanted = share * Count;
                for (var i = 0; i < Limits.Length; i++)
                {
                    if (counts[i] >= wanted)
                        return (i == 0 ? 0 : Limits[i - 1]) + (Limits[i] - (i == 0 ? 0 : Limits[i - 1])) * (counts[i] == 0 ? 1 : wanted / counts[i]);
                    wanted -= counts[i];
                }

                return Limits[^1];
            }
        }

        public MetricPoint Read(string stage)
        {
            lock (sync)
                return MetricPoint.Of("stage", stage, sum) with { Counts = [.. counts], Limits = Limits };
        }
    }
}
