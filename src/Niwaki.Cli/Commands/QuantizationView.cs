using System.Globalization;
using Niwaki.Onnx;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>On the terminal: what a quantization did, and what a search for it found.</summary>
internal static class QuantizationView
{
    private const int MostLayers = 40;

    public static void Print(Session session, Artifact artifact)
    {
        var report = session.Words.Read<QuantizationReport>(File.ReadAllText(artifact.PathOf(Quantize.ReportFile)), Quantize.ReportFile);
        var path = artifact.PathOf(Quantize.SearchFile);
        var search = File.Exists(path) ? session.Words.Read<SearchReport>(File.ReadAllText(path), Quantize.SearchFile) : null;
        if (search is not null)
            Compare(session, search);
        var products = report.Nodes.Where(node => node.Macs.Value > 0 || !node.Int8).ToArray();
        if (products.Length > 0)
        {
            var table = new Table().Border(TableBorder.Simple).Title("layers").AddColumn("node").AddColumn("operator").AddColumn("runs in").AddColumn("why");
            // what stays in float first: that is what people ask about
            foreach (var node in products.OrderBy(node => node.Int8).Take(MostLayers))
                table.AddRow(Markup.Escape(node.Node), Markup.Escape(node.Op), node.Int8 ? Markup.Escape(node.Runs) : $"[yellow]{Markup.Escape(node.Runs)}[/]", Markup.Escape(node.Reason));
            session.Output.Write(table);
            if (products.Length > MostLayers)
                session.Line($"{products.Length - MostLayers} more in {Quantize.PageFile}.");
        }

        if (File.Exists(artifact.PathOf(Quantize.PageFile)))
            session.Line($"All of it: {artifact.PathOf(Quantize.PageFile)}");
    }

    private static void Compare(Session session, SearchReport search)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn(new TableColumn("float").RightAligned()).AddColumn(new TableColumn("result").RightAligned());
        table.AddRow($"time, {search.Threads} thread(s)", Milliseconds(search.FloatTime), string.Create(CultureInfo.InvariantCulture, $"{Milliseconds(search.FinalTime)} ({search.FloatTime / search.FinalTime:0.00}x)"));
        if (search.Final.MeanIoU is not null)
            table.AddRow("mean IoU", string.Create(CultureInfo.InvariantCulture, $"{search.Float.MeanIoU:0.0000}"), string.Create(CultureInfo.InvariantCulture, $"{search.Final.MeanIoU:0.0000}"));
        table.AddRow("labels as in float", string.Empty, string.Create(CultureInfo.InvariantCulture, $"{search.Final.Agreement:P2}"));
        table.AddRow("drop in points", string.Empty, string.Create(CultureInfo.InvariantCulture, $"{search.Drop:0.00} of {search.MaxDrop:0.00}"));
        session.Output.Write(table);
        if (search.KeptFloat)
            session.Output.MarkupLine("[yellow]Nothing in 8 bits was faster and close enough: this is the float graph.[/]");
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.00} ms");
}
