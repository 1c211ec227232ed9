using System.CommandLine;
using Niwaki.Vision;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki compare A B</c>: two measurements side by side.</summary>
internal static class CompareCommand
{
    private sealed record Row(string Figure, double? A, double? B)
    {
        public double? Ratio => B / A;
    }

    public static Command Make(Session session)
    {
        var left = new Argument<string>("a") { Description = "A measurement, or a model (its size alone)." };
        var right = new Argument<string>("b") { Description = "Another one." };
        var common = new CommonOptions();
        var command = new Command("compare", "Two measurements side by side, with ratios.") { left, right };
        common.AddTo(command, common.Json);
        command.SetAction(parsed =>
        {
            var (a, b) = (parsed.GetRequiredValue(left), parsed.GetRequiredValue(right));
            var (first, second) = (Measurement(a, session.Words), Measurement(b, session.Words));
            var rows = FigureRow.Of(first, second).Where(row => row.Values.Any(value => value is not null)).ToArray();
            if (parsed.GetValue(common.Json))
            {
                session.Json(new { a, b, figures = rows.Select(row => new Row(row.Name, row.Values[0], row.Values[1])) });
                return ExitCode.Done;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn(new TableColumn(Markup.Escape(a)).RightAligned()).AddColumn(new TableColumn(Markup.Escape(b)).RightAligned()).AddColumn(new TableColumn("change").RightAligned());
            foreach (var row in rows)
                table.AddRow(row.Name, row.Print(0), row.Print(1), row.Change(0, 1));
            session.Output.Write(table);
            return ExitCode.Done;
        });
        return command;
    }

    private static Measurement Measurement(string folder, Vocabulary words)
    {
        switch (ArtifactStore.Open(folder, words))
        {
            case Measured measured:
                return measured.Measurement(words);
            case IModel model:
                using (var segmenter = Engine.For(model, words).Open(model, words, threads: 1))
                    return new Measurement { Parameters = segmenter.Cost.Parameters, Macs = segmenter.Cost.Macs, FileSize = ModelSize.Of(model) };

            default:
                throw new StageException($"{folder}: is neither a measurement nor a model. Give the folder that 'niwaki measure' wrote.");
        }
    }
}
