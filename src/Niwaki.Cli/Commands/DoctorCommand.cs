using System.CommandLine;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Make(Session session)
    {
        var common = new CommonOptions();
        var command = new Command("doctor", "Tells what this machine has: .NET, libtorch, ONNX Runtime, processor, memory, sensors, GPU, disk; and what is missing, with the remedy.");
        common.AddTo(command, common.Json);
        command.SetAction(parsed =>
        {
            var findings = Examination.All().ToArray();
            if (parsed.GetValue(common.Json))
            {
                session.Json(findings);
            }
            else
            {
                var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumn("").AddColumn("").AddColumn("");
                foreach (var finding in findings)
                    table.AddRow(Mark(finding.State), Markup.Escape(finding.What), Markup.Escape(finding.Found) + (finding.Remedy is null ? string.Empty : $"\n[yellow]{Markup.Escape(finding.Remedy)}[/]"));
                session.Output.Write(table);
            }

            return findings.Any(finding => finding.State == FindingState.Missing) ? ExitCode.Fixable : ExitCode.Done;
        });
        return command;
    }

    private static string Mark(FindingState state) => state switch
    {
        FindingState.Good => "[green]ok[/]",
        FindingState.Absent => "[grey]–[/]",
        _ => "[red]missing[/]",
    };
}
