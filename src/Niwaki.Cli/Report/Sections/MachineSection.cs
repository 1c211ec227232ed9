using System.Runtime.InteropServices;
using System.Text;

namespace Niwaki.Cli;

/// <summary>Where it was measured, and on what data.</summary>
internal static class MachineSection
{
    public static void Write(StringBuilder page, ReportData data)
    {
        var engines = data.Models.SelectMany(model => model.Artifacts).SelectMany(artifact => artifact.Measurements).Select(entry => entry.Measurement.Engine).OfType<string>().Distinct().ToArray();
        page.Append("<section>\n<h2>Machine and data</h2>\n<dl>");
        if (data.Summary.Machine is { } machine)
            page.Append($"<dt>Measured on</dt><dd>{HtmlReport.Escape(machine)}</dd>");
        if (engines.Length > 0)
            page.Append($"<dt>Engines</dt><dd>{HtmlReport.Escape(string.Join(", ", engines))}</dd>");
        page.Append($"<dt>Written on</dt><dd>{HtmlReport.Escape($"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}")}</dd>");
        foreach (var source in data.Index.Recipe.Steps.Select(step => step.Data ?? data.Index.Recipe.Data).OfType<DataSource>().Distinct())
            page.Append($"<dt>Data</dt><dd>{HtmlReport.Escape(source.ToString())}</dd>");
        page.Append("</dl>\n</section>\n");
    }
}
