using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>Times the parts of a frame, interleaved, so that what disturbs one part disturbs them all.</summary>
internal sealed class Bench(Deployment deployment, Tiling? tiling, EdgeSession session)
{
    private const int WarmUp = 3;
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
            palette.Over(image, segmentation.Labels, 0.5);
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
            EngineRun = new Durations(engine).Times(),
            Restore = new Durations(restore).Times(),
            Statistics = new Durations(statistics).Times(),
            Overlay = new Durations(overlay).Times(),
            Frame = whole.Times(),
            OwnShare = Math.Round(own / whole.Percentile(Quiet), 4),
            EnginePerSecond = Math.Round(await EngineAsync(pictures[0], frame.Count), 2),
            PeakMemory = PeakMemory.Peak(),
            Remark = busy,
        };
    }

    // every lane busy all the time
    private async Task<double> EngineAsync(byte[] picture, int runs)
    {
        var input = deployment.Preprocess.Apply(ImageCodec.Decode(picture, "picture"));
        var begun = session.Time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, deployment.Lanes.Count).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < runs; i++)
                await deployment.Lanes.RunAsync(input, session.Time, session.Stop);
        })));
        return runs * deployment.Lanes.Count / session.Time.GetElapsedTime(begun).TotalSeconds;
    }
}
