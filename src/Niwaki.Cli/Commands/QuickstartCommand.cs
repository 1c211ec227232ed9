using System.CommandLine;

namespace Niwaki.Cli;

/// <summary><c>niwaki quickstart</c>: the embedded recipe.</summary>
internal static class QuickstartCommand
{
    private const string Resource = "quickstart.json";

    public static Command Make(Session session)
    {
        var common = new CommonOptions();
        common.Out.Description = "The run's folder. [runs/quickstart]";
        common.Data.Description += " In place of synthetic scenes.";
        common.Seed.Description = "One seed or several. [1]";
        var command = new Command("quickstart", "The whole chain in a few minutes on synthetic disaster scenes: a teacher, a distilled and pruned student, int8, a table and a report.");
        common.AddTo(command, common.Out, common.Data, common.Seed, common.Device, common.Threads, common.Json);
        command.SetAction(parsed => RecipeRun.Carry(session, common, parsed, Read(session.Words), null));
        return command;
    }

    /// <summary>The embedded recipe.</summary>
    public static Recipe Read(Vocabulary vocabulary)
    {
        var recipe = Recipe.Parse(Text(), Resource, vocabulary);
        recipe.Validate(vocabulary, Resource);
        return recipe;
    }

    /// <summary>Its JSON.</summary>
    public static string Text()
    {
        using var reader = new StreamReader(typeof(QuickstartCommand).Assembly.GetManifestResourceStream(Resource)!);
        return reader.ReadToEnd();
    }
}
