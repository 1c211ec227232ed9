using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Niwaki.Cli;

/// <summary>Every step with its options, times and digests.</summary>
internal static class LineageSection
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(StringBuilder page, ReportData data)
    {
        if (data.Lineage.Count == 0)
            return;
        var total = TimeSpan.FromTicks(data.Lineage.Sum(entry => entry.Entry.Duration.Ticks));
        page.Append($"<section>\n<h2>Lineage</h2>\n<p class=\"soft\">{data.Lineage.Count} steps, {Eta.Print(total)} of work (h:mm:ss). Open a step for its options.</p>\n");
        foreach (var (step, entry, digest) in data.Lineage)
        {
            page.Append($"""
                <details><summary><strong>{HtmlReport.Escape(step.Name)}</strong>{(data.Summary.Seeds.Count > 1 ? $" <span class=\"soft\">seed {step.Seed}</span>" : string.Empty)} — {HtmlReport.Escape(step.Stage)}{(step.From == RecipeProblems.Start ? string.Empty : $" of {HtmlReport.Escape(step.From)}")}, {Eta.Print(entry.Duration)}</summary>
                <pre>{HtmlReport.Escape(JsonSerializer.Serialize(entry.Options, Indented))}</pre>
                <dl><dt>Kind</dt><dd>{HtmlReport.Escape(step.Kind)}</dd><dt>Started</dt><dd>{entry.Started:yyyy-MM-dd HH:mm:ss} UTC</dd><dt>Seed</dt><dd>{entry.Seed}</dd><dt>Digest</dt><dd><code>{digest}</code></dd><dt>Input</dt><dd><code>{HtmlReport.Escape(entry.Input)}</code></dd><dt>Cache key</dt><dd><code>{entry.Key}</code></dd>
                """);
            if (entry.Data is { } dataset)
                page.Append($"<dt>Data</dt><dd><code>{HtmlReport.Escape(dataset)}</code></dd>");
            foreach (var (name, reference) in entry.References)
                page.Append($"<dt>{HtmlReport.Escape(name)}</dt><dd><code>{HtmlReport.Escape(reference)}</code></dd>");
            page.Append($"<dt>niwaki</dt><dd>{HtmlReport.Escape(entry.Version)}</dd></dl></details>\n");
        }

        page.Append("</section>\n");
    }
}
