using System.Globalization;
using System.Net;
using System.Text;

namespace Niwaki.Onnx;

/// <summary>What a quantization did as a page for people: one file, no script, nothing from elsewhere.</summary>
internal static class QuantizationPage
{
    private const string Style = """
        :root { color-scheme: light dark; --soft: light-dark(#666, #aaa); --line: #8883; --good: light-dark(#20703f, #6fcf97); --bad: light-dark(#a83a22, #f0937d); }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: normal; }
        td.n, th.n { text-align: right; white-space: nowrap; } td.name { font-family: ui-monospace, monospace; font-size: .85em; }
        dt { margin-top: .4rem; font-weight: 600; } dd { margin: 0; }
        .soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); } .wide { overflow-x: auto; }
        td.name { overflow-wrap: anywhere; } td { min-width: 3.2rem; } @media (max-width: 40rem) { td.name { min-width: 13rem; } }
        pre { white-space: pre-wrap; background: #8881; padding: .8rem; border-radius: .4rem; font-size: .85em; }
        """;

    /// <summary>The page.</summary>
    public static string Write(QuantizationReport report, SearchReport? search, Quantize options, Vocabulary vocabulary)
    {
        var page = new StringBuilder();
        page.Append($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Quantization · niwaki</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>Quantization</h1>\n");
        foreach (var line in options.KeepFloat ? ["The float graph is kept as it is."] : report.Summary())
            page.Append($"<p>{Escape(line)}</p>\n");
        if (report.Compared is { } compared)
            page.Append($"<p><b>{Escape(compared)}</b></p>\n");
        if (search is not null)
            Searched(page, search);
        if (report.Nodes.Count > 0)
            Layers(page, report);
        if (search is { Blocks.Count: > 0 })
            Blocks(page, search);
        if (search is { Tries.Count: > 0 })
            Tries(page, search);
        page.Append($"<h2>Options</h2>\n<p class=\"soft\">As <code>{Quantize.DecisionsFile}</code> they give the same file again: <code>niwaki quantize --decisions {Quantize.DecisionsFile}</code>.</p>\n<pre>{Escape(vocabulary.Write<Stage>(options))}</pre>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void Searched(StringBuilder page, SearchReport search)
    {
        page.Append("<h2>Against the float graph</h2>\n<div class=\"wide\"><table>\n<tr><th></th><th class=\"n\">time</th><th class=\"n\">labels as in float</th><th class=\"n\">signal to noise</th><th class=\"n\">mean IoU</th></tr>\n");
        Row("float", search.FloatTime, search.Float);
        Row("result", search.FinalTime, search.Final);
        var faster = search.FinalTime.Ticks == 0 ? 1 : (double)search.FloatTime.Ticks / search.FinalTime.Ticks;
        page.Append(CultureInfo.InvariantCulture, $"</table></div>\n<p><b>{faster:0.00}x</b> with {search.Threads} thread{(search.Threads == 1 ? "" : "s")} on this machine, both graphs in turns, lower quartile; a drop of {search.Drop:0.00} points where {search.MaxDrop:0.00} are allowed, on {search.Final.Images} pictures.</p>\n");
        if (search.KeptFloat)
            page.Append("<p class=\"bad\">Nothing in 8 bits was faster and close enough: the float graph came out as it was.</p>\n");

        void Row(string name, TimeSpan time, Fidelity result) => page.Append(CultureInfo.InvariantCulture, $"<tr><td>{name}</td><td class=\"n\">{Time(time)}</td><td class=\"n\">{result.Agreement:P2}</td><td class=\"n\">{(result.SignalToNoise is { } ratio && ratio < 140 ? $"{ratio:0.0} dB" : "")}</td><td class=\"n\">{result.MeanIoU:0.0000}</td></tr>\n");
    }

    private static void Layers(StringBuilder page, QuantizationReport report)
    {
        var hasTimes = report.Nodes.Any(node => node.FloatTime is not null);
        var hasNoise = report.Nodes.Any(node => node.AloneSignalToNoise is not null);
        page.Append($"<h2>Layer by layer</h2>\n<div class=\"wide\"><table>\n<tr><th>node</th><th>operator</th><th>runs in</th><th>why</th><th class=\"n\">multiply-accumulates</th>{(hasTimes ? "<th class=\"n\">its block in float</th><th class=\"n\">in 8 bits</th>" : "")}{(hasNoise ? "<th class=\"n\">alone in 8 bits</th>" : "")}</tr>\n");
        foreach (var node in report.Nodes)
        {
            page.Append($"<tr><td class=\"name\">{Escape(node.Node)}</td><td>{Escape(node.Op)}</td><td class=\"{(node.Int8 ? "good" : "soft")}\">{Escape(node.Runs)}</td><td>{Escape(node.Reason)}</td><td class=\"n\">{(node.Macs.Value > 0 ? node.Macs.ToString() : "")}</td>");
            if (hasTimes)
                page.Append($"<td class=\"n\">{Time(node.FloatTime)}</td><td class=\"n\">{Time(node.Int8Time)}</td>");
            if (hasNoise)
                page.Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{(node.AloneSignalToNoise is { } ratio ? $"{ratio:0.0} dB" : "")}</td>");
            page.Append("</tr>\n");
        }

        page.Append("</table></div>\n");
        Meanings(page, report);
    }

    // the table says it in a few words
    private static void Meanings(StringBuilder page, QuantizationReport report)
    {
        (string Reason, string Meaning)[] known =
        [
            ("product", "it multiplies with constant weights, which is where 8 bits gain: its weights have a scale for each output channel, its input one from the calibration pictures"),
            ("moves 8-bit data", "it only moves numbers, and moves them in 8 bits, with the scale of its input"),
            ("between 8-bit nodes", "all that it reads and all that reads it is in 8 bits, and there is a kernel for it: a way through float would cost two conversions"),
            (QuantizationPlan.IsFirst, "three input channels fill no 8-bit kernel: in float it is faster and more accurate; --first true quantizes it"),
            (QuantizationPlan.IsInside, "both factors are computed, and were measured faster in float; --attention true quantizes them"),
            ("gives the result", "--last true quantizes it"),
        ];
        var told = known.Where(each => report.Nodes.Any(node => node.Reason == each.Reason)).ToArray();
        if (told.Length > 0)
            page.Append($"<dl class=\"soft\">\n{string.Join('\n', told.Select(each => $"<dt>{Escape(each.Reason)}</dt><dd>{Escape(each.Meaning)}</dd>"))}\n</dl>\n");
    }

    private static void Blocks(StringBuilder page, SearchReport search)
    {
        page.Append("<h2>What 8 bits gain here</h2>\n<p class=\"soft\">Each part of the graph timed by itself, with the conversions at its ends.</p>\n<div class=\"wide\"><table>\n<tr><th>layers</th><th class=\"n\">how often</th><th class=\"n\">float</th><th class=\"n\">8 bits</th><th class=\"n\">ratio</th></tr>\n");
        foreach (var group in search.Blocks.GroupBy(block => (block.Title, block.Float, block.Int8)).OrderByDescending(group => group.Count() * group.First().Gain.Ticks))
        {
            var block = group.First();
            var ratio = (double)block.Float.Ticks / Math.Max(1, block.Int8.Ticks);
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Escape(block.Title)}</td><td class=\"n\">{group.Count()}</td><td class=\"n\">{Time(block.Float)}</td><td class=\"n\">{Time(block.Int8)}</td><td class=\"n {(ratio > 1 ? "good" : "bad")}\">{ratio:0.00}x</td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static void Tries(StringBuilder page, SearchReport search)
    {
        page.Append("<h2>What was tried</h2>\n<div class=\"wide\"><table>\n<tr><th>candidate</th><th class=\"n\">labels as in float</th><th class=\"n\">signal to noise</th><th class=\"n\">mean IoU</th><th></th></tr>\n");
        foreach (var each in search.Tries)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Escape(each.Title)}</td><td class=\"n\">{each.Result?.Agreement:P2}</td><td class=\"n\">{each.Result?.SignalToNoise:0.0}</td><td class=\"n\">{each.Result?.MeanIoU:0.0000}</td><td class=\"good\">{(each.Chosen ? "chosen" : "")}</td></tr>\n");
        page.Append("</table></div>\n");
    }

    private static string Time(TimeSpan? time) => time is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalMilliseconds:0.00} ms") : string.Empty;

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
