namespace Niwaki.Edge;

/// <summary>How long to wait before a source or a receiver is tried again: twice as long each time, up to half a minute.</summary>
internal sealed class Reconnection(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private TimeSpan next = First;

    /// <summary>It works again.</summary>
    public void Reset() => next = First;

    /// <summary>How long the next wait is.</summary>
    public TimeSpan Next => next;

    /// <summary>Waits.</summary>
    public async Task WaitAsync(CancellationToken cancel)
    {
        var wait = next;
        next = wait * 2 < Longest ? wait * 2 : Longest;
        await Task.Delay(wait, time, cancel);
    }
}
