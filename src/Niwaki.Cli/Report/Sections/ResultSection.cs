using System.Globalization;
using System.Text;

namespace Niwaki.Cli;

/// <summary>Every measured model, with its change against the teacher.</summary>
internal static class ResultSection
{
    private sealed record Column(string Header, Func<Figures, Spread?> Figure, Func<double, string> Print, Func<Figures, Change?, double?> Change, bool Points);

    public static void Write(StringBuilder page, ReportData data)
    {
        if (data.Models.Count == 0)
            return;
        var teacher = data.Models.FirstOrDefault(model => model.Name == data.Summary.Teacher);
        var columns = Columns(data, teacher).Where(column => data.Models.Any(model => column.Figure(model.Figures) is not null)).ToArray();
        page.Append("<section>\n<h2>Results</h2>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\" class=\"left\">Model</th>");
        foreach (var column in columns)
            page.Append($"<th scope=\"col\">{HtmlReport.Escape(column.Header).Replace("\n", "<br>", StringComparison.Ordinal)}</th>");
        page.Append("</tr></thead>\n<tbody>\n");
        foreach (var model in data.Models)
        {
            page.Append($"<tr{(model == teacher ? " class=\"teacher\"" : string.Empty)}><th scope=\"row\">{HtmlReport.Name(data, model.Name)}{(model == teacher ? " <span class=\"soft\">teacher</span>" : string.Empty)}</th>");
            foreach (var column in columns)
                page.Append($"<td>{Show(column, model)}</td>");
            page.Append("</tr>\n");
        }

        page.Append($"</tbody></table></div>\n<p class=\"soft\">Small print: {(data.Summary.Seeds.Count > 1 ? "the deviation over the seeds, and " : string.Empty)}the change against the teacher. Latency is the engine's median for one picture. mIoU and Dice are on the validation split. – was not measured.</p>\n</section>\n");
    }

    private static string Show(Column column, ModelEntry model)
    {
        if (column.Figure(model.Figures) is not { } figure)
            return "–";
        var change = column.Change(model.Figures, model.Change);
        var words = change switch
        {
            null => null,
            { } points when column.Points => string.Create(CultureInfo.InvariantCulture, $"{points * 100:+0.00;−0.00;0.00} points"),
            { } ratio when ratio is > 0 and < 1 => string.Create(CultureInfo.InvariantCulture, $"÷ {1 / ratio:0.00}"),
            { } ratio => string.Create(CultureInfo.InvariantCulture, $"× {ratio:0.00}"),
        };
        return HtmlReport.Escape(column.Print(figure.Mean)) + (figure.Deviation is { } deviation and > 0 ? $"<small>± {HtmlReport.Escape(column.Print(deviation))}</small>" : string.Empty) + (words is null ? string.Empty : $"<small>{words}</small>");
    }

    private static IEnumerable<Column> Columns(ReportData data, ModelEntry? teacher)
    {
        yield return new Column("mIoU", figures => figures.MeanIoU, Fraction, (_, change) => change?.MeanIoU, true);
        yield return new Column("Dice", figures => figures.Dice, Fraction, (_, change) => change?.Dice, true);
        yield return new Column("Parameters", figures => figures.Parameters, FigureRow.Count, (_, change) => change?.ParameterRatio, false);
        yield return new Column("MACs", figures => figures.Macs, value => new Macs((long)value).ToString(), (_, change) => change?.MacsRatio, false);
        yield return new Column("File", figures => figures.FileSize, value => new Bytes((long)value).ToString(), (_, change) => change?.SizeRatio, false);
        foreach (var threads in data.Models.SelectMany(model => model.Figures.Latencies).Select(latency => latency.Threads).Distinct().Order())
        {
            var reference = teacher?.Figures.P50(threads);
            yield return new Column(
                threads == 1 ? "Latency\n1 thread" : $"Latency\n{threads} threads",
                figures => figures.Latencies.FirstOrDefault(latency => latency.Threads == threads)?.EngineP50,
                FigureRow.Time,
                (figures, change) => change is not null && reference > 0 ? figures.P50(threads) / reference : null,
                false);
        }

        yield return new Column("Memory", figures => figures.PeakMemory, value => new Bytes((long)value).ToString(), (_, change) => change?.MemoryRatio, false);
        yield return new Column("Energy", figures => figures.Energy, value => new Joules(value).ToString(), (_, change) => change?.EnergyRatio, false);
    }

    private static string Fraction(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
