using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>Times the parts of a frame, interleaved, so that what disturbs one part disturbs them all.</summary>
internal sealed class Bench(Deployment deployment, Tiling? tiling, EdgeSession session)
{
    private const int WarmUp = 3;
    private const int LeastCallers = 2;
    private const int LeastRuns = 10;
    private static readonly TimeSpan EngineTime = TimeSpan.FromSeconds(2);
    // the lower quartile, which other programs on the machine disturb least
    private const double Quiet = 0.25;

    /// <summary>Times frames.</summary>
    /// <param name="pictures">Encoded; taken in turn.</param>
    /// <param name="runs">Frames.</param>
    /// <param name="limit">Ends early, after ten frames at least.</param>
    public async Task<BenchReport> RunAsync(IReadOnlyList<byte[]> pictures, int runs, TimeSpan limit)
    {
        var busy = Machine.Busy();
        var pipeline = deployment.Pipeline(tiling, session.Time);
        var palette = new Palette(deployment.Classes);
        var (decode, prepare, engine, restore, statistics, overlay, frame) = (new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>());
        var sizes = new SortedSet<string>(StringComparer.Ordinal);
        var begun = session.Time.GetTimestamp();
        for (var i = -WarmUp; i < runs && (i < 10 || session.Time.GetElapsedTime(begun) < limit); i++)
        {
            session.Stop.ThrowIfCancellationRequested();
            var start = session.Time.GetTimestamp();
            var image = ImageCodec.Decode(pictures[(i + WarmUp) % pictures.Count], "picture");
            var segmentation = await pipeline.SegmentAsync(image, session.Time.GetElapsedTime(start), session.Stop);
            var colours = session.Time.GetTimestamp();
            palette.OverInPlace(image, segmentation.Labels, 0.5);
            var end = session.Time.GetTimestamp();
            sizes.Add($"{image.Width}x{image.Height}");
            if (i < 0)
                continue;
            var timing = segmentation.Timing;
            decode.Add(timing.Decode);
            prepare.Add(timing.Prepare);
            engine.Add(timing.Engine);
            restore.Add(timing.Restore);
            statistics.Add(timing.Statistics);
            overlay.Add(session.Time.GetElapsedTime(colours, end));
            frame.Add(session.Time.GetElapsedTime(start, end));
        }

        var (perSecond, processor) = await EngineAsync(pictures[0], limit < EngineTime ? limit : EngineTime);
        var whole = new Durations(frame);
        var own = new Durations(prepare).Percentile(Quiet) + new Durations(restore).Percentile(Quiet) + new Durations(overlay).Percentile(Quiet);
        return new BenchReport
        {
            Bundle = $"{deployment.Bundle.Manifest.Name} {deployment.Bundle.Manifest.Revision}",
            Machine = Machine.Describe(),
            Engine = deployment.Lanes.Engine,
            Threads = deployment.Threads,
            Runs = frame.Count,
            Sizes = string.Join(", ", sizes),
            Decode = new Durations(decode).Times(),
            Prepare = new Durations(prepare).Times(),
            Predicted = BenchPrediction.Of(deployment.Bundle.Manifest.Predicted),
            EngineRun = new Durations(engine).Times(),
            Restore = new Durations(restore).Times(),
            Statistics = new Durations(statistics).Times(),
            Overlay = new Durations(overlay).Times(),
            Frame = whole.Times(),
            OwnShare = Math.Round(own / whole.Percentile(Quiet), 4),
            EnginePerSecond = Math.Round(perSecond, 2),
            EngineProcessor = Math.Round(processor, 3),
            PeakMemory = PeakMemory.Peak(),
            Remark = busy,
        };
    }

    // as many callers as there are lanes, and two at least, for two seconds or what the command allows
    private async Task<(double PerSecond, double Processor)> EngineAsync(byte[] picture, TimeSpan limit)
    {
        var input = deployment.Preprocess.Apply(ImageCodec.Decode(picture, "picture"));
        var (runs, processor, begun) = (0, Environment.CpuUsage.TotalTime, session.Time.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, Math.Max(LeastCallers, deployment.Lanes.Count)).Select(_ => Task.Run(async () =>
        {
            do
                await deployment.Lanes.RunAsync(input, session.Time, session.Stop);
            while (Interlocked.Increment(ref runs) < LeastRuns || session.Time.GetElapsedTime(begun) < limit);
        })));
        var took = session.Time.GetElapsedTime(begun);
        return (runs / took.TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / runs);
    }
}
