using System.Diagnostics;

namespace Niwaki.Onnx;

/// <summary>
/// Times several graphs that take turns, so that whatever else the machine does meets all of them. The lower quartile of each is
/// taken: a busy machine only ever lengthens a run.
/// </summary>
internal sealed record InterleavedTiming
{
    private const int WarmUp = 2;
    private const int Least = 8;

    /// <summary>Timed runs of each graph.</summary>
    public int Rounds { get; init; } = 40;

    /// <summary>Where graphs are slow it stops here, after <c>8</c> rounds at least.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether the time that the processor spent is taken: with one thread it is that of the run without what the run waited for on a busy machine.</summary>
    public bool ByProcessor { get; init; }

    /// <summary>The time of each graph for one run.</summary>
    public TimeSpan[] Of(IReadOnlyList<TimedGraph> graphs, CancellationToken cancel)
    {
        var times = graphs.Select(_ => new List<long>()).ToArray();
        var whole = Stopwatch.StartNew();
        for (var round = -WarmUp; round < Rounds && (round < Least || whole.Elapsed < Limit); round++)
        {
            for (var i = 0; i < graphs.Count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                // each follows each other one equally often
                var at = (round & 1) == 0 ? i : graphs.Count - 1 - i;
                var (before, spent) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                graphs[at].Run();
                if (round >= 0)
                    times[at].Add((ByProcessor ? Environment.CpuUsage.TotalTime - spent : Stopwatch.GetElapsedTime(before)).Ticks);
            }
        }

        return [.. times.Select(each => TimeSpan.FromTicks(each.Order().ElementAt(each.Count / 4)))];
    }
}
