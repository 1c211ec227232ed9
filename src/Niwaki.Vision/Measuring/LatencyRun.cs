namespace Niwaki.Vision;

/// <summary>Times a loaded model: the engine alone, and everything from an encoded picture to its label map.</summary>
internal sealed class LatencyRun(ISegmenter segmenter, Preprocess preprocess, Workload workload, StageContext context)
{
    private const int LeastRuns = 10;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    public Latency Time(int threads, int runs, TimeSpan limit)
    {
        var engine = Durations($"latency, {threads} thread{(threads == 1 ? string.Empty : "s")}", runs, limit, i => segmenter.Run(workload.Inputs[i % workload.Inputs.Count]));
        var latency = new Latency(threads, engine.Length, Percentile(engine, 0.50), Percentile(engine, 0.95), Percentile(engine, 0.99));
        if (workload.Encoded.Count == 0)
            return latency;
        var input = new float[segmenter.Input.Elements];
        var whole = Durations($"latency from picture to labels, {threads} thread{(threads == 1 ? string.Empty : "s")}", runs, limit, i =>
        {
            var image = ImageCodec.Decode(workload.Encoded[i % workload.Encoded.Count], "picture in memory");
            preprocess.Apply(image, input);
            preprocess.Restore(segmenter.Run(input), image.Width, image.Height);
        });
        return latency with { EndToEndP50 = Percentile(whole, 0.50) };
    }

    /// <summary>Between the two nearest of the sorted values, linearly.</summary>
    internal static TimeSpan Percentile(TimeSpan[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var low = (int)place;
        var high = Math.Min(low + 1, sorted.Length - 1);
        return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
    }

    private TimeSpan[] Durations(string work, int runs, TimeSpan limit, Action<int> run)
    {
        var time = context.Time;
        var begun = time.GetTimestamp();
        for (var i = 0; i < 3 || (i < 50 && time.GetElapsedTime(begun) < WarmUp); i++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            run(i);
        }

        GC.Collect();
        begun = time.GetTimestamp();
        var durations = new List<TimeSpan>(runs);
        while (durations.Count < runs && (durations.Count < LeastRuns || time.GetElapsedTime(begun) < limit))
        {
            context.Cancel.ThrowIfCancellationRequested();
            var start = time.GetTimestamp();
            run(durations.Count);
            durations.Add(time.GetElapsedTime(start));
            context.Log.Progress(work, durations.Count, runs);
        }

        if (durations.Count < runs)
            context.Log.Progress(work, runs, runs, $"{durations.Count} runs in the time");

        durations.Sort();
        return [.. durations];
    }
}
