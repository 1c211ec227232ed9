using System.CommandLine;

namespace Niwaki.Cli;

/// <summary><c>niwaki schema</c>.</summary>
internal static class SchemaCommand
{
    public static Command Make(Session session)
    {
        var summary = new Option<bool>("--summary") { Description = "The schema of summary.json instead." };
        var command = new Command("schema", "Prints the JSON Schema of recipes, with which an editor completes and checks them: niwaki schema > recipes/recipe.schema.json") { summary };
        command.SetAction(parsed =>
        {
            session.Line(JsonSchema.Of(parsed.GetValue(summary) ? typeof(RunSummary) : typeof(Recipe), session.Words).ToJsonString(session.Words.Json));
            return ExitCode.Done;
        });
        return command;
    }
}
