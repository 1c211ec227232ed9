using System.Text;

namespace Niwaki.Cli;

/// <summary>What matters first: whether the budget holds, or why the run ended early.</summary>
internal static class VerdictSection
{
    public static void Write(StringBuilder page, ReportData data)
    {
        var summary = data.Summary;
        var (state, word) = (summary.Failure, summary.Passed) switch
        {
            (not null, _) => ("bad", "The run did not finish"),
            (_, true) => ("good", "Passed"),
            (_, false) => ("bad", "Not passed"),
            _ => ("", "No gate in this recipe"),
        };
        page.Append($"<section class=\"banner {state}\" aria-label=\"Verdict\">\n<p><strong class=\"word\">{word}</strong>{HtmlReport.Escape(Sentence(data))}</p>\n");
        if (summary.Failure is { } failure)
            page.Append($"<p>{HtmlReport.Escape(failure)}</p>\n<p class=\"soft\">What was finished before is below; the same command goes on from there.</p>\n");
        foreach (var gate in summary.Gates)
        {
            page.Append($"<h3>{HtmlReport.Escape(gate.Step)}: {HtmlReport.Escape(gate.Model)}{(summary.Seeds.Count > 1 ? $", seed {gate.Seed}" : string.Empty)}</h3>\n");
            page.Append("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\" class=\"left\">Limit</th><th scope=\"col\">Measured</th><th scope=\"col\">Allowed</th><th scope=\"col\">Verdict</th></tr></thead><tbody>\n");
            foreach (var line in gate.Lines)
                page.Append($"<tr><th scope=\"row\">{HtmlReport.Escape(line.What)}</th><td>{HtmlReport.Escape(line.Value)}</td><td>{HtmlReport.Escape(line.Limit.Replace(">=", "≥", StringComparison.Ordinal).Replace("<=", "≤", StringComparison.Ordinal))}</td><td class=\"{(line.Passed ? "good" : "bad")}\">{(line.Passed ? "✓ holds" : "✗ does not hold")}</td></tr>\n");
            page.Append("</tbody></table></div>\n");
        }

        page.Append("</section>\n");
    }

    // the last gate's model in one sentence
    private static string Sentence(ReportData data)
    {
        var name = data.Summary.Gates.Count > 0 ? data.Summary.Gates[^1].Model : data.Models.Count > 0 ? data.Models[^1].Name : null;
        if (data.Models.FirstOrDefault(model => model.Name == name) is not { Change: { } change } model || data.Summary.Failure is not null)
            return string.Empty;
        var parts = new List<string>();
        if (change.SizeRatio is { } size and > 0)
            parts.Add($"1/{1 / size:0.#} of the teacher's bytes");
        if (change.SpeedUp is { } speed)
            parts.Add($"{speed:0.0} times its speed");
        if (change.MeanIoU is { } lost)
            parts.Add($"{lost * 100:+0.0;−0.0;0.0} points of mean IoU");
        return parts.Count == 0 ? string.Empty : $" — {model.Name}: {string.Join(", ", parts)}.";
    }
}
