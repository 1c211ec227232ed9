using System.Net;
using System.Text;

namespace Niwaki.Cli;

/// <summary>The page: one file, no network, no script.</summary>
internal static class HtmlReport
{
    public static string Write(ReportData data)
    {
        var page = new StringBuilder();
        page.Append($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="generator" content="niwaki {Escape(Session.Version)}">
            <title>{Escape(data.Summary.Recipe)} · niwaki</title>
            <style>
            {Style()}
            </style>
            </head>
            <body>
            <main>
            <header>
            <h1>{Escape(data.Summary.Recipe)}</h1>

            """);
        if (data.Summary.Description is { } description)
            page.Append($"<p>{Escape(description)}</p>\n");
        page.Append($"<p class=\"soft\">niwaki {Escape(data.Summary.Niwaki ?? Session.Version)} · {data.Created:yyyy-MM-dd HH:mm} UTC · {(data.Summary.Seeds.Count == 1 ? $"seed {data.Summary.Seeds[0]}" : $"mean ± standard deviation over seeds {string.Join(", ", data.Summary.Seeds)}")}</p>\n</header>\n");
        VerdictSection.Write(page, data);
        ResultSection.Write(page, data);
        ScatterSection.Write(page, data);
        PredictionSection.Write(page, data);
        ClassSection.Write(page, data);
        SampleSection.Write(page, data);
        CurveSection.Write(page, data);
        LineageSection.Write(page, data);
        MachineSection.Write(page, data);
        page.Append("</main>\n</body>\n</html>\n");
        return page.ToString();
    }

    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A model's name with its colour.</summary>
    public static string Name(ReportData data, string model) => $"<span class=\"dot\" style=\"background:{data.ColorOf(model)}\"></span>{Escape(model)}";

    private static string Style()
    {
        using var reader = new StreamReader(typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!);
        return reader.ReadToEnd();
    }
}
