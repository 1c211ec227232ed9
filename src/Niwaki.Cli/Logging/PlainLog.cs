using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>Lines for files, pipes and programs: long work speaks every fifteen seconds, and at its end.</summary>
internal sealed class PlainLog(IAnsiConsole console, TimeProvider time) : IStageLog
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    private sealed class Work
    {
        public Eta Eta { get; } = new();

        public DateTimeOffset Spoke { get; set; }

        public bool Ended { get; set; }
    }

    private readonly Dictionary<string, Work> works = [];
    private readonly Lock gate = new();

    public void Say(string message)
    {
        lock (gate)
            console.Profile.Out.Writer.WriteLine(message);
    }

    public void Progress(string work, double done, double total, string? detail = null)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (!works.TryGetValue(work, out var known) || done < total && known.Ended)
                works[work] = known = new Work { Spoke = now };
            var left = known.Eta.Note(done, total, now);
            var ended = done >= total && !known.Ended;
            if (!ended && now - known.Spoke < Pause)
                return;
            (known.Spoke, known.Ended) = (now, known.Ended || ended);
            console.Profile.Out.Writer.WriteLine($"{work}: {(total > 0 ? done / total : 1):0%}{(ended || left is null ? string.Empty : $", {Eta.Print(left.Value)} left")}{(detail is null ? string.Empty : $", {detail}")}");
        }
    }
}
