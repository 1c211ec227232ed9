using System.Globalization;
using System.Text;

namespace Niwaki.Cli;

/// <summary>Latencies that nobody measured, in a section of their own and with their error; nothing of it stands among measured figures.</summary>
internal static class PredictionSection
{
    public static void Write(StringBuilder page, ReportData data)
    {
        var models = data.Models.Where(model => model.Predicted is { Count: > 0 }).ToArray();
        if (models.Length == 0)
        {
            if (data.Summary.Unpredicted is { } reason)
                page.Append($"<section class=\"predicted\">\n<h2>Other devices: not predicted</h2>\n<p class=\"soft\">{HtmlReport.Escape(reason)}</p>\n</section>\n");
            return;
        }

        // a runtime without 8 bits is not predicted for a quantized graph
        var columns = data.Models.SelectMany(model => model.Predicted ?? []).Select(prediction => (prediction.Device, prediction.Runtime, prediction.Threads)).Distinct().ToArray();
        page.Append("<section class=\"predicted\">\n<h2>Other devices: predicted, not measured</h2>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\" class=\"left\">Model</th>");
        foreach (var column in columns)
            page.Append($"<th scope=\"col\">{HtmlReport.Escape(column.Device)}<br>{HtmlReport.Escape(column.Runtime)}{(column.Threads == 0 ? string.Empty : column.Threads == 1 ? ", 1 thread" : $", {column.Threads} threads")}<br>predicted</th>");
        page.Append("</tr></thead>\n<tbody>\n");
        foreach (var model in models)
        {
            page.Append($"<tr><th scope=\"row\">{HtmlReport.Name(data, model.Name)}</th>");
            foreach (var prediction in columns.Select(column => model.Predicted!.FirstOrDefault(each => (each.Device, each.Runtime, each.Threads) == column)))
                page.Append(prediction is null ? "<td>–</td>" : $"<td>≈ {HtmlReport.Escape(PredictionView.Time(prediction.Predicted))}<small>{HtmlReport.Escape(PredictionView.Range(prediction))}</small></td>");
            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n<p class=\"soft\">Small print: the range that the method's error leaves. – the runtime does not compute in the graph's precision.");
        if (data.Summary.Seeds.Count > 1)
            page.Append($" Of the graphs of seed {data.Summary.Seeds[0]}.");
        page.Append("</p>\n");
        foreach (var sentence in PredictionView.Sentences([.. models.SelectMany(model => model.Predicted!)]))
            page.Append($"<p class=\"soft\">{HtmlReport.Escape(sentence)}</p>\n");
        if (data.Fit is { Elsewhere.Count: > 0 } tried)
            Points(page, $"Models measured on {tried.OtherMachine}, predicted from others on {tried.Machine}", tried.Elsewhere);
        if (data.Fit is { } fit)
            Points(page, $"Models measured on {fit.Machine}, each predicted from the others", fit.Points);
        page.Append("</section>\n");
    }

    private static void Points(StringBuilder page, string what, IReadOnlyList<RooflinePoint> points)
    {
        page.Append($"<details><summary>{HtmlReport.Escape(what)}</summary>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\" class=\"left\">Model</th><th scope=\"col\">Measured</th><th scope=\"col\">Predicted</th><th scope=\"col\">Off by a factor</th></tr></thead>\n<tbody>\n");
        foreach (var point in points)
            page.Append(string.Create(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{HtmlReport.Escape(point.Model)}</th><td>{HtmlReport.Escape(PredictionView.Time(point.Measured))}</td><td>{HtmlReport.Escape(PredictionView.Time(point.Predicted))}</td><td>{point.Factor:0.00}</td></tr>\n"));
        page.Append("</tbody></table></div></details>\n");
    }
}
