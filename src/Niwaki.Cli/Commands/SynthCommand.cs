using System.CommandLine;
using Niwaki.Vision;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki synth</c>.</summary>
internal static class SynthCommand
{
    private const int SheetScenes = 24;

    public static Command Make(Session session)
    {
        var count = new Option<int>("--count") { Description = "How many scenes; a tenth of them is for validation.", HelpName = "n", Required = true };
        var width = new Option<int>("--width") { Description = "Pixels across.", HelpName = "n", DefaultValueFactory = _ => new SyntheticDataSource().Width };
        var height = new Option<int>("--height") { Description = "Pixels down.", HelpName = "n", DefaultValueFactory = _ => new SyntheticDataSource().Height };
        var format = new Option<SceneFormat>("--format") { Description = "Of the pictures; masks are always PNG.", DefaultValueFactory = _ => SceneFormat.Png };
        var sheet = new Option<bool>("--sheet") { Description = $"Also writes contact-sheet.png with {SheetScenes} scenes and their masks, to be looked at." };
        var common = new CommonOptions();
        common.Out.Required = true;
        common.Out.Description = "The folder to write: images, masks and classes.json, as --data takes them.";
        common.Seed.Description = "Another seed, other scenes. [1]";
        var command = new Command("synth", "Writes synthetic disaster scenes with their masks to a folder.") { count, width, height, format, sheet };
        common.AddTo(command, common.Out, common.Seed);
        command.SetAction(parsed =>
        {
            var seeds = parsed.GetValue(common.Seed) ?? [];
            if (seeds.Length > 1)
                throw new UsageException("--seed: one is enough for a folder of scenes.");
            var source = SyntheticScenes.Of(parsed.GetValue(count)) with { Width = parsed.GetValue(width), Height = parsed.GetValue(height), Seed = seeds is [var seed] ? seed : 1 };
            var folder = parsed.GetValue(common.Out)!;
            session.Logged(json: false, log =>
            {
                SyntheticScenes.Write(folder, source, log, parsed.GetValue(format), parsed.GetValue(sheet) ? SheetScenes : 0, session.Cancel);
                return true;
            });
            session.Output.MarkupLineInterpolated($"[green]{folder}[/]");
            return ExitCode.Done;
        });
        return command;
    }
}
