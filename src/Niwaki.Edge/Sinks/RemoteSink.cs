using System.Threading.Channels;

namespace Niwaki.Edge;

/// <summary>
/// Sends to a receiver that may be away: results wait in bounded memory and the oldest are dropped and counted; alarms wait on the
/// disk until the receiver has them, and go first.
/// </summary>
internal sealed class RemoteSink : Sink
{
    private const int Waiting = 256;
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly Receiver receiver;
    private readonly IReadOnlyList<ClassInfo> classes;
    private readonly EdgeSession session;
    private readonly AlarmStore alarms;
    private readonly Channel<byte[]> results;
    private readonly Channel<bool> news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource stop = new();
    private readonly Task sending;
    private long dropped;

    public RemoteSink(Receiver receiver, IReadOnlyList<ClassInfo> classes, string state, EdgeSession session)
    {
        (this.receiver, this.classes, this.session) = (receiver, classes, session);
        alarms = new AlarmStore(state, receiver.Name, session.Time);
        results = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest }, _ => Interlocked.Increment(ref dropped));
        sending = Task.Run(() => SendAsync(stop.Token));
    }

    /// <inheritdoc/>
    public override string Name => receiver.Name;

    /// <summary>Results that were not sent because too many waited.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>Alarms that the receiver does not have yet.</summary>
    public int WaitingAlarms => alarms.Count;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(FrameResult result, CancellationToken cancel)
    {
        results.Writer.TryWrite(EdgeJson.Write(FrameLine.Of(result, classes)));
        news.Writer.TryWrite(true);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Raise(byte[] json)
    {
        alarms.Add(json);
        news.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    protected override async ValueTask CloseAsync()
    {
        results.Writer.TryComplete();
        news.Writer.TryComplete();
        await Task.WhenAny(sending, Task.Delay(Farewell, session.Time, CancellationToken.None));
        await stop.CancelAsync();
        await sending;
        await receiver.DisposeAsync();
        stop.Dispose();
        if (alarms.Count is > 0 and var waiting)
            session.Say($"{Name}: {waiting} alarm{(waiting == 1 ? string.Empty : "s")} could not be sent yet; {(waiting == 1 ? "it is" : "they are")} kept and sent when the program runs again with this sink.");
        if (Dropped > 0)
            session.Say($"{Name}: {Dropped} results were dropped, as too many waited.");
    }

    private async Task SendAsync(CancellationToken cancel)
    {
        var wait = new Reconnection(session.Time);
        byte[]? unsent = null;
        var away = false;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                while (alarms.Oldest() is { } alarm)
                {
                    await receiver.SendAsync(alarm.Json, alarm: true, cancel);
                    alarms.Remove(alarm.File);
                    Back();
                }

                if (unsent is not null || results.Reader.TryRead(out unsent))
                {
                    await receiver.SendAsync(unsent, alarm: false, cancel);
                    unsent = null;
                    Back();
                    continue;
                }

                if (!await news.Reader.WaitToReadAsync(cancel))
                    return;
                news.Reader.TryRead(out _);
            }
            catch (IOException problem)
            {
                if (!away)
                    session.Say($"{Name}: {problem.Message}. Results wait in memory, alarms on the disk.");
                away = true;
                try
                {
                    await wait.WaitAsync(cancel);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        void Back()
        {
            wait.Reset();
            if (away)
                session.Say($"{Name}: is back.");
            away = false;
        }
    }
}
