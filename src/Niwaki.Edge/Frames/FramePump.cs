using System.Threading.Channels;

namespace Niwaki.Edge;

/// <summary>
/// Carries frames from a source through the model to the sinks, each on its own: while one frame is written, the next is in the
/// engine and the one after it is being fetched. Of a live source the newest frame waits and older ones are dropped; everything else waits its turn.
/// </summary>
internal sealed class FramePump(FramePipeline pipeline, IReadOnlyList<Sink> sinks, EdgeSession session)
{
    private const int Waiting = 2;

    /// <summary>Most frames in a second; as many as come where there is no number.</summary>
    public double? MostPerSecond { get; init; }

    /// <summary>Ends after so many frames.</summary>
    public long? Limit { get; init; }

    /// <summary>JPEG frames are decoded at a fraction of their size where that is enough for the model.</summary>
    public bool DecodesFast { get; init; }

    /// <summary>Is told of each labelled frame before the sinks are.</summary>
    public Action<FrameResult>? Watch { get; init; }

    /// <summary>Carries frames until the source ends.</summary>
    public async Task<FrameTally> RunAsync(FrameSource source, CancellationToken cancel)
    {
        var tally = new FrameTally();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var live = source.IsLive;
        var frames = Channel.CreateBounded<Frame>(new BoundedChannelOptions(live ? 1 : Waiting) { FullMode = live ? BoundedChannelFullMode.DropOldest : BoundedChannelFullMode.Wait }, _ => tally.Drop());
        var results = Channel.CreateBounded<FrameResult>(Waiting);
        var work = new[]
        {
            StageAsync(stop, frames.Writer, () => FetchAsync(source, frames.Writer, stop.Token)),
            StageAsync(stop, results.Writer, () => LabelAsync(source, frames.Reader, results.Writer, tally, stop.Token)),
            StageAsync<FrameResult>(stop, null, () => WriteAsync(results.Reader, tally)),
        };
        await Task.WhenAll(work);
        return tally;
    }

    // a stage that fails stops the others; a stage that is done lets the next one finish
    private static async Task StageAsync<T>(CancellationTokenSource stop, ChannelWriter<T>? next, Func<Task> work)
    {
        try
        {
            await Task.Run(work);
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
        finally
        {
            next?.TryComplete();
        }
    }

    private async Task FetchAsync(FrameSource source, ChannelWriter<Frame> frames, CancellationToken cancel)
    {
        var count = 0L;
        var next = session.Time.GetTimestamp();
        var step = MostPerSecond is { } rate ? (long)(session.Time.TimestampFrequency / rate) : 0;
        await foreach (var frame in source.ReadAsync(cancel))
        {
            var now = session.Time.GetTimestamp();
            if (step > 0 && now < next)
            {
                if (source.IsLive)
                    continue;
                await Task.Delay(session.Time.GetElapsedTime(now, next), session.Time, cancel);
            }

            next = Math.Max(next + step, now);
            await frames.WriteAsync(frame, cancel);
            if (++count == Limit)
                return;
        }
    }

    private async Task LabelAsync(FrameSource source, ChannelReader<Frame> frames, ChannelWriter<FrameResult> results, FrameTally tally, CancellationToken cancel)
    {
        var number = 0L;
        await foreach (var frame in frames.ReadAllAsync(cancel))
        {
            try
            {
                var begun = session.Time.GetTimestamp();
                var picture = frame.DecodeFor(DecodesFast ? pipeline.Network : null);
                var segmentation = await pipeline.SegmentAsync(picture, session.Time.GetElapsedTime(begun), cancel);
                var result = new FrameResult(number++, source.Name, frame, picture.Image, segmentation);
                tally.Add(segmentation.Timing);
                Watch?.Invoke(result);
                await results.WriteAsync(result, cancel);
            }
            catch (StageException problem)
            {
                tally.Fail();
                session.Say(problem.Message);
            }
        }
    }

    // what was labelled is still written when somebody asks to stop
    private async Task WriteAsync(ChannelReader<FrameResult> results, FrameTally tally)
    {
        await foreach (var result in results.ReadAllAsync(CancellationToken.None))
        {
            foreach (var sink in sinks)
            {
                try
                {
                    await sink.WriteAsync(result, CancellationToken.None);
                }
                catch (StageException problem)
                {
                    if (tally.FailToWrite())
                        session.Say(problem.Message);
                }
            }
        }
    }
}
