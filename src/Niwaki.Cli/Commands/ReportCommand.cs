using System.CommandLine;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki report RUN</c>.</summary>
internal static class ReportCommand
{
    public static Command Make(Session session)
    {
        var run = new Argument<string>("run") { Description = "The folder of a run." };
        var common = new CommonOptions();
        var command = new Command("report", "Writes report.html and summary.json of a run again.") { run };
        common.Device.Description += " In place of the recipe's.";
        common.AddTo(command, common.Device, common.Json);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(run);
            var summary = RunReport.Write(session, folder, parsed.GetValue(common.Device));
            if (parsed.GetValue(common.Json))
                session.Json(summary);
            else
                session.Output.MarkupLineInterpolated($"[green]{Path.Combine(folder, RunReport.HtmlFile)}[/]");
            return ExitCode.Done;
        });
        return command;
    }
}
