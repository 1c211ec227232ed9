using System.Globalization;
using System.Text;

namespace Niwaki.Cli;

/// <summary>IoU of each class and model.</summary>
internal static class ClassSection
{
    public static void Write(StringBuilder page, ReportData data)
    {
        var models = data.Models.Select(model => (model.Name, Classes: ClassIoU(model))).Where(model => model.Classes.Count > 0 && (data.Classes.Count == 0 || model.Classes.Count == data.Classes.Count)).ToArray();
        if (models.Length == 0)
            return;
        var classes = models.Max(model => model.Classes.Count);
        page.Append("<section>\n<h2>IoU of each class</h2>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\" class=\"left\">Class</th>");
        foreach (var (name, _) in models)
            page.Append($"<th scope=\"col\">{HtmlReport.Name(data, name)}</th>");
        page.Append("</tr></thead>\n<tbody>\n");
        for (var index = 0; index < classes; index++)
        {
            var info = index < data.Classes.Count ? data.Classes[index] : new ClassInfo($"class {index}", "#808080");
            page.Append($"<tr><th scope=\"row\"><span class=\"swatch\" style=\"background:{HtmlReport.Escape(info.Color)}\"></span>{HtmlReport.Escape(info.Name)}</th>");
            foreach (var (_, values) in models)
            {
                page.Append(index < values.Count && values[index] is { } spread
                    ? string.Create(CultureInfo.InvariantCulture, $"<td class=\"heat\" style=\"--v:{Math.Clamp(spread.Mean, 0, 1) * 0.45:0.00}\">{HtmlReport.Escape(spread.Print(value => value.ToString("0.000", CultureInfo.InvariantCulture)))}</td>")
                    : "<td>–</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n<p class=\"soft\">– does not occur in the validation pictures, and no pixel was labelled so.</p>\n</section>\n");
    }

    private static List<Spread?> ClassIoU(ModelEntry model)
    {
        var seeds = model.Artifacts.Select(artifact => artifact.Measurements.Select(entry => entry.Measurement.Accuracy?.ClassIoU).FirstOrDefault(values => values is not null)).OfType<IReadOnlyList<double?>>().ToArray();
        return seeds.Length == 0 ? [] : [.. Enumerable.Range(0, seeds.Max(values => values.Count)).Select(index => Spread.Of(seeds.Select(values => index < values.Count ? values[index] : null)))];
    }
}
