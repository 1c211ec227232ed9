using System.Globalization;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>A run's table on the terminal.</summary>
internal static class SummaryView
{
    private const int WideEnough = 130;

    public static void Print(Session session, RunSummary summary)
    {
        var measured = summary.Models.Where(model => model.IsMeasured).ToArray();
        if (measured.Length > 0)
        {
            // a narrow terminal gets what is judged, not numbers cut in pieces
            string[] headers = ["model", "mIoU", "Dice", "parameters", "MACs", "size", "p50", "memory", "Δ mIoU", "speed-up", "size ÷"];
            string[] spared = session.Output.Profile.Width >= WideEnough ? [] : ["Dice", "parameters", "MACs", "memory"];
            var table = new Table().Border(TableBorder.Simple);
            foreach (var header in headers.Except(spared))
                table.AddColumn(header == "model" ? new TableColumn(header).NoWrap() : new TableColumn(header).NoWrap().RightAligned());
            foreach (var model in measured)
            {
                var figures = model.Figures;
                string[] cells =
                [
                    Markup.Escape(model.Name + (model.Name == summary.Teacher ? " (teacher)" : string.Empty)),
                    Show(figures.MeanIoU, value => value.ToString("0.0000", CultureInfo.InvariantCulture)),
                    Show(figures.Dice, value => value.ToString("0.0000", CultureInfo.InvariantCulture)),
                    Mean(figures.Parameters, FigureRow.Count),
                    Mean(figures.Macs, value => new Macs((long)value).ToString()),
                    Mean(figures.FileSize, value => new Bytes((long)value).ToString()),
                    figures.Latencies.Count == 0 ? "–" : $"{Mean(figures.Latencies[0].EngineP50, FigureRow.Time)} ({figures.Latencies[0].Threads}t)",
                    Mean(figures.PeakMemory, value => new Bytes((long)value).ToString()),
                    model.Change?.MeanIoU is { } lost ? string.Create(CultureInfo.InvariantCulture, $"{lost * 100:+0.00;-0.00;0.00}") : "–",
                    model.Change?.SpeedUp is { } faster ? string.Create(CultureInfo.InvariantCulture, $"{faster:0.00}x") : "–",
                    model.Change?.SizeRatio is { } ratio and > 0 ? string.Create(CultureInfo.InvariantCulture, $"{1 / ratio:0.0}") : "–",
                ];
                table.AddRow([.. cells.Where((_, column) => !spared.Contains(headers[column]))]);
            }

            session.Output.Write(table);
        }
        else
        {
            var table = new Table().Border(TableBorder.Simple).AddColumn("step").AddColumn("kind").AddColumn(new TableColumn("time").RightAligned());
            foreach (var model in summary.Models)
                table.AddRow(Markup.Escape(model.Name), model.Kind, string.Join(", ", model.Artifacts.Select(artifact => Eta.Print(artifact.Duration))));
            session.Output.Write(table);
        }

        PredictionView.Print(session, [.. summary.Models.Where(model => model.Predicted is { Count: > 0 }).Select(model => ((string?)model.Name, (IReadOnlyList<LatencyPrediction>)model.Predicted!))]);
        if (summary.Unpredicted is { } reason)
            session.Line($"No latency is predicted: {reason}");
        foreach (var gate in summary.Gates)
        {
            session.Output.MarkupLineInterpolated($"{gate.Step}{(summary.Seeds.Count > 1 ? $", seed {gate.Seed}" : string.Empty)}: {gate.Model} {(gate.Passed ? "passes" : "does not pass")}");
            ArtifactView.PrintVerdict(session, gate.Lines);
        }

        if (summary.Failure is { } failure)
            session.Output.MarkupLineInterpolated($"[red]{failure}[/]");
    }

    // over seeds, the deviation of sizes and times is noise of another kind; the report has it
    private static string Mean(Spread? spread, Func<double, string> print) => spread is null ? "–" : print(spread.Mean);

    private static string Show(Spread? spread, Func<double, string> print) => spread?.Print(print) ?? "–";
}
