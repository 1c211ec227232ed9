using System.CommandLine;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>Carries out a recipe for a command, and writes its report whatever happens.</summary>
internal static class RecipeRun
{
    public static int Carry(Session session, CommonOptions common, ParseResult parsed, Recipe recipe, Artifact? input)
    {
        var data = common.ReadData(parsed, session.Words);
        var seeds = parsed.GetValue(common.Seed) ?? [];
        recipe = recipe with { Data = data ?? recipe.Data, Seeds = seeds.Length > 0 ? new ValueList<int>(seeds) : recipe.Seeds, Devices = parsed.GetValue(common.Device) is { Length: > 0 } devices ? new ValueList<string>(devices) : recipe.Devices };
        recipe.RequireDevices(session.Words);
        recipe.RequireData();
        common.ApplyThreads(parsed);
        var json = parsed.GetValue(common.Json);
        var folder = parsed.GetValue(common.Out) ?? Path.Combine("runs", recipe.Name);
        using var run = RunFolder.Open(folder, session.Words);
        try
        {
            session.Logged(json, log => run.Run(recipe, log, input, session.Time, session.Cancel));
        }
        catch (StageException)
        {
            // what there is, is reported; a problem of the report must not hide the step's
            if (File.Exists(Path.Combine(folder, RunIndex.FileName)))
                WriteQuietly(session, folder, json);
            throw;
        }

        var summary = RunReport.Write(session, folder);
        if (json)
        {
            session.Json(summary);
        }
        else
        {
            SummaryView.Print(session, summary);
            session.Output.MarkupLineInterpolated($"[green]{Path.Combine(folder, RunReport.HtmlFile)}[/]");
        }

        return summary.Passed == false ? ExitCode.GateFailed : ExitCode.Done;
    }

    private static void WriteQuietly(Session session, string folder, bool json)
    {
        try
        {
            RunReport.Write(session, folder);
            (json ? session.Errors : session.Output).Profile.Out.Writer.WriteLine($"What was done so far: {Path.Combine(folder, RunReport.HtmlFile)}");
        }
        catch (StageException problem)
        {
            session.Errors.Profile.Out.Writer.WriteLine($"The report could not be written: {problem.Message}");
        }
    }
}
