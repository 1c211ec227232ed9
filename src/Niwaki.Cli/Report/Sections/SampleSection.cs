using System.Text;

namespace Niwaki.Cli;

/// <summary>Pictures, truth and predictions side by side.</summary>
internal static class SampleSection
{
    public static void Write(StringBuilder page, ReportData data)
    {
        var grid = data.Samples;
        if (grid.Rows.Count == 0)
        {
            if (data.Models.Count > 0)
                page.Append($"<section>\n<h2>Samples</h2>\n<p class=\"soft\">No pictures: {HtmlReport.Escape(grid.Missing ?? "the validation split is empty.")}</p>\n</section>\n");
            return;
        }

        page.Append("<section>\n<h2>Samples</h2>\n<ul class=\"legend\">");
        foreach (var info in data.Classes)
            page.Append($"<li><span class=\"swatch\" style=\"background:{HtmlReport.Escape(info.Color)}\"></span>{HtmlReport.Escape(info.Name)}</li>");
        page.Append($"</ul>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"samples\" style=\"--columns:{grid.Models.Count + 2}\">\n<thead><tr><th scope=\"col\">Picture</th><th scope=\"col\">Truth</th>");
        foreach (var model in grid.Models)
            page.Append($"<th scope=\"col\">{HtmlReport.Name(data, model)}</th>");
        page.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in grid.Rows)
        {
            page.Append($"<tr><td>{Image(row.Image, $"Picture {row.Id}")}<span class=\"soft\">{HtmlReport.Escape(row.Id)}</span></td><td>{Image(row.Truth, $"True labels of {row.Id}")}</td>");
            for (var model = 0; model < grid.Models.Count; model++)
                page.Append($"<td>{Image(row.Predictions[model], $"Labels of {row.Id} by {grid.Models[model]}")}</td>");
            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n</section>\n");
    }

    private static string Image(string? uri, string alternative) => uri is null ? "–" : $"<img src=\"{uri}\" alt=\"{HtmlReport.Escape(alternative)}\">";
}
