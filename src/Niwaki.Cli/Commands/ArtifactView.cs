using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>An artifact on the terminal.</summary>
internal static class ArtifactView
{
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Print(Session session, Artifact artifact)
    {
        session.Output.MarkupLineInterpolated($"[bold]{Catalog.NameOf(artifact.GetType(), typeof(Artifact))}[/]  {artifact.Folder}");
        session.Line($"digest {artifact.Digest}");
        var files = new Table().Border(TableBorder.Simple).AddColumn("file").AddColumn(new TableColumn("size").RightAligned());
        foreach (var file in new DirectoryInfo(artifact.Folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal))
            files.AddRow(Markup.Escape(Path.GetRelativePath(artifact.Folder, file.FullName)), new Bytes(file.Length).ToString());
        session.Output.Write(files);
        var steps = new Table().Border(TableBorder.Simple).Title("lineage").AddColumn("stage").AddColumn("options").AddColumn("seed").AddColumn("started").AddColumn(new TableColumn("time").RightAligned());
        foreach (var step in artifact.Lineage)
            steps.AddRow(Markup.Escape(step.Stage), Markup.Escape(Options(step.Options)), $"{step.Seed}", $"{step.Started:yyyy-MM-dd HH:mm}", Eta.Print(step.Duration));
        session.Output.Write(steps);
        PrintFigures(session, artifact);
    }

    public static void PrintFigures(Session session, Artifact artifact)
    {
        if (artifact is Measured measured)
        {
            var table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn(new TableColumn("measured").RightAligned());
            foreach (var row in FigureRow.Of(measured.Measurement(session.Words)).Where(row => row.Values[0] is not null))
                table.AddRow(row.Name, row.Print(0));
            session.Output.Write(table);
        }

        if (artifact is Judged judged)
            PrintVerdict(session, judged.Verdict(session.Words).Lines);
        if (artifact is OnnxModel && File.Exists(artifact.PathOf(Onnx.Quantize.ReportFile)))
            QuantizationView.Print(session, artifact);
    }

    public static void PrintVerdict(Session session, IEnumerable<VerdictLine> lines)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn("figure").AddColumn(new TableColumn("value").RightAligned()).AddColumn("limit");
        foreach (var line in lines)
            table.AddRow(line.Passed ? "[green]pass[/]" : "[red]FAIL[/]", Markup.Escape(line.What), Markup.Escape(line.Value), Markup.Escape(line.Limit));
        session.Output.Write(table);
    }

    // on one line, in full: a lineage that hides its options is none
    private static string Options(JsonElement options) => JsonSerializer.Serialize(options, OneLine).Trim('{', '}').Replace("\"", string.Empty, StringComparison.Ordinal).Replace(",", ", ", StringComparison.Ordinal);
}
