using System.CommandLine;

namespace Niwaki.Cli;

/// <summary><c>niwaki run RECIPE</c>.</summary>
internal static class RunCommand
{
    public static Command Make(Session session)
    {
        var file = new Argument<string>("recipe") { Description = "A recipe file, JSON with comments ('niwaki schema' describes it)." };
        var common = new CommonOptions();
        common.In.Description = "The artifact that the recipe takes, where it takes one.";
        common.Out.Description = "The run's folder; what is finished there is used again. [runs/NAME]";
        common.Data.Description += " In place of the recipe's.";
        common.Seed.Description = "One seed or several, in place of the recipe's.";
        common.Device.Description += " In place of the recipe's.";
        var check = new Option<bool>("--check") { Description = "Only checks the recipe, and that its pictures are there." };
        var command = new Command("run", "Carries out a recipe: every step once, what is finished is used again, what was interrupted goes on. Writes a report.") { file };
        common.AddTo(command, common.In, common.Out, common.Data, common.Seed, common.Device, common.Threads, common.Json, check);
        command.SetAction(parsed =>
        {
            var recipe = Recipe.Load(parsed.GetRequiredValue(file), session.Words);
            if (parsed.GetValue(check))
            {
                (recipe with { Devices = parsed.GetValue(common.Device) is { Length: > 0 } devices ? new ValueList<string>(devices) : recipe.Devices }).RequireDevices(session.Words);
                (recipe with { Data = common.ReadData(parsed, session.Words) ?? recipe.Data }).RequireData();
                session.Line($"{parsed.GetRequiredValue(file)}: {recipe.Steps.Count} steps, no mistake found.");
                return ExitCode.Done;
            }

            var input = parsed.GetValue(common.In) is { } folder ? ArtifactStore.Open(folder, session.Words) : null;
            return RecipeRun.Carry(session, common, parsed, recipe, input);
        });
        return command;
    }
}
