using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>Progress bars with the time left, and lines above them.</summary>
internal sealed class BarLog : IStageLog
{
    private readonly IAnsiConsole console;
    private readonly ProgressContext bars;
    private readonly TimeProvider time;
    private readonly Dictionary<string, (ProgressTask Bar, Eta Eta)> works = [];
    private readonly Lock gate = new();

    private BarLog(IAnsiConsole console, ProgressContext bars, TimeProvider time) => (this.console, this.bars, this.time) = (console, bars, time);

    public static T Run<T>(IAnsiConsole console, TimeProvider time, Func<IStageLog, T> work) =>
        console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new ProgressBarColumn { Width = 24 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(bars => work(new BarLog(console, bars, time)));

    public void Say(string message)
    {
        lock (gate)
            console.Write(new Text(message + Environment.NewLine, message.StartsWith('[') ? new Style(decoration: Decoration.Bold) : Style.Plain));
    }

    public void Progress(string work, double done, double total, string? detail = null)
    {
        lock (gate)
        {
            if (!works.TryGetValue(work, out var known) || known.Bar.IsFinished)
                works[work] = known = (bars.AddTask(Markup.Escape(work), maxValue: Math.Max(total, double.Epsilon)), new Eta());
            var left = known.Eta.Note(done, total, time.GetUtcNow());
            known.Bar.MaxValue = Math.Max(total, double.Epsilon);
            known.Bar.Value = done;
            known.Bar.Description = Markup.Escape(string.Join("  ", ((string?[])[work, left is null ? null : $"{Eta.Print(left.Value)} left", detail]).OfType<string>()));
            if (done >= total)
                known.Bar.StopTask();
        }
    }
}
