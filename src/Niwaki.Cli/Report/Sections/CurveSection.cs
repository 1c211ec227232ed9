using System.Globalization;
using System.Text;

namespace Niwaki.Cli;

/// <summary>Training curves: one small chart for each series, a line for each model and seed.</summary>
internal static class CurveSection
{
    private const double Width = 440;
    private const double Height = 260;
    private const int MostCharts = 12;

    public static void Write(StringBuilder page, ReportData data)
    {
        // what is judged first, then the sums, then their parts
        var charts = data.Curves.Where(curve => curve.Points.Count > 1).GroupBy(curve => curve.Series)
            .OrderBy(series => series.Key.StartsWith("validation", StringComparison.Ordinal) ? 0 : series.Key == "loss" ? 1 : series.Key.StartsWith("loss/", StringComparison.Ordinal) ? 2 : 3)
            .ThenBy(series => series.Key, StringComparer.Ordinal).Take(MostCharts).ToArray();
        if (charts.Length == 0)
            return;
        page.Append("<section>\n<h2>Training</h2>\n<ul class=\"legend\">");
        foreach (var model in charts.SelectMany(chart => chart).Select(curve => curve.Model).Distinct())
            page.Append($"<li>{HtmlReport.Name(data, model)}</li>");
        page.Append("</ul>\n<div class=\"multiples\">\n");
        foreach (var chart in charts)
            page.Append($"<figure><h3>{HtmlReport.Escape(chart.Key)}</h3>\n{Draw(chart.Key, [.. chart], data)}</figure>\n");
        page.Append("</div>\n<p class=\"soft\">Curves with many points are averaged.</p>\n</section>\n");
    }

    private static Plot Draw(string series, Curve[] curves, ReportData data)
    {
        var points = curves.SelectMany(curve => curve.Points).ToArray();
        var plot = new Plot(
            Width,
            Height,
            Axis.Linear(0, points.Max(point => point.Step), 4),
            Axis.Linear(points.Min(point => point.Value), points.Max(point => point.Value), 4),
            series,
            string.Join("; ", curves.Select(curve => string.Create(CultureInfo.InvariantCulture, $"{curve.Model}{(data.Summary.Seeds.Count > 1 ? $" seed {curve.Seed}" : string.Empty)} from {curve.Points[0].Value:0.####} to {curve.Points[^1].Value:0.####}"))),
            "step",
            string.Empty);
        foreach (var curve in curves)
        {
            var path = string.Join(' ', curve.Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{plot.X(point.Step):0.0},{plot.Y(point.Value):0.0}")));
            plot.Add($"<polyline points=\"{path}\" fill=\"none\" style=\"stroke:{data.ColorOf(curve.Model)}\" stroke-width=\"{(data.Summary.Seeds.Count > 1 ? 1.2 : 1.8)}\" stroke-linejoin=\"round\"><title>{HtmlReport.Escape(curve.Model)}</title></polyline>");
        }

        return plot;
    }
}
