using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Niwaki.Edge;

/// <summary>Counts what happens, and writes it as Prometheus reads it (text format 0.0.4).</summary>
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

    /// <summary>Everything as text.</summary>
    /// <param name="bundle">What is served.</param>
    /// <param name="waiting">Requests inside.</param>
    /// <param name="watch">Where there is one.</param>
    public string Text(BundleManifest bundle, int waiting, DriftWatch? watch)
    {
        var text = new StringBuilder();
        Head("niwaki_info", "gauge", "What is served.");
        text.Append(CultureInfo.InvariantCulture, $"niwaki_info{{bundle=\"{bundle.Name}\",revision=\"{bundle.Revision}\",version=\"{EdgeSession.Version}\"}} 1\n");
        Head("niwaki_answers_total", "counter", "Answers to requests for labels, by HTTP status.");
        foreach (var (status, count) in answers.OrderBy(answer => answer.Key))
            text.Append(CultureInfo.InvariantCulture, $"niwaki_answers_total{{status=\"{status}\"}} {count}\n");
        Head("niwaki_requests_inside", "gauge", "Requests that run or wait.");
        text.Append(CultureInfo.InvariantCulture, $"niwaki_requests_inside {waiting}\n");
        Head("niwaki_seconds", "histogram", "Time of requests and of the stages of a frame.");
        foreach (var (stage, histogram) in stages)
            histogram.Write(text, stage);
        if (PeakMemory.Now() is { } memory)
        {
            Head("process_resident_memory_bytes", "gauge", "Resident memory.");
            text.Append(CultureInfo.InvariantCulture, $"process_resident_memory_bytes {memory.Value}\n");
        }

        if (watch?.State is { } state)
            Drift(state, watch.Kept);
        return text.ToString();

        void Head(string name, string kind, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n");

        void Drift(DriftState drift, int kept)
        {
            Head("niwaki_drift_frames_total", "counter", "Frames that were watched.");
            text.Append(CultureInfo.InvariantCulture, $"niwaki_drift_frames_total {drift.Totals.Frames}\n");
            Head("niwaki_drift_windows_total", "counter", "Windows that were compared with the reference.");
            text.Append(CultureInfo.InvariantCulture, $"niwaki_drift_windows_total {drift.Windows}\n");
            Head("niwaki_drift_windows_exceeding_total", "counter", "Windows that exceeded a threshold.");
            text.Append(CultureInfo.InvariantCulture, $"niwaki_drift_windows_exceeding_total {drift.Exceeding}\n");
            Head("niwaki_drift_alarms_total", "counter", "Alarms that were raised.");
            text.Append(CultureInfo.InvariantCulture, $"niwaki_drift_alarms_total {drift.Raised}\n");
            Head("niwaki_drift_alarm", "gauge", "1 while an alarm lasts.");
            text.Append(CultureInfo.InvariantCulture, $"niwaki_drift_alarm {(drift.Alarm is null ? 0 : 1)}\n");
            Head("niwaki_frames_kept", "gauge", "Frames that wait for somebody to label them.");
            text.Append(CultureInfo.InvariantCulture, $"niwaki_frames_kept {kept}\n");
            if (drift.Recent.Count == 0)
                return;
            Head("niwaki_drift_value", "gauge", "How far the last window is from the reference.");
            foreach (var value in drift.Recent[^1].Values)
                text.Append(CultureInfo.InvariantCulture, $"niwaki_drift_value{{statistic=\"{Catalog.Kebab(value.Statistic.ToString())}\"}} {value.Value}\n");
            Head("niwaki_drift_threshold", "gauge", "How far it may be.");
            foreach (var value in drift.Recent[^1].Values)
                text.Append(CultureInfo.InvariantCulture, $"niwaki_drift_threshold{{statistic=\"{Catalog.Kebab(value.Statistic.ToString())}\"}} {value.Threshold}\n");
        }
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

        public void Write(StringBuilder text, string stage)
        {
            lock (sync)
            {
                var below = 0L;
                for (var i = 0; i < Limits.Length; i++)
                    text.Append(CultureInfo.InvariantCulture, $"niwaki_seconds_bucket{{stage=\"{stage}\",le=\"{Limits[i]}\"}} {below += counts[i]}\n");
                text.Append(CultureInfo.InvariantCulture, $"niwaki_seconds_bucket{{stage=\"{stage}\",le=\"+Inf\"}} {Count}\n");
                text.Append(CultureInfo.InvariantCulture, $"niwaki_seconds_sum{{stage=\"{stage}\"}} {sum}\nniwaki_seconds_count{{stage=\"{stage}\"}} {Count}\n");
            }
        }
    }
}
