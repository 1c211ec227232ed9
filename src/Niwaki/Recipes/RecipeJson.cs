using System.Text.Json;

namespace Niwaki;

/// <summary>Reads a recipe's JSON so that every mistake is told at once, with the step's name.</summary>
internal static class RecipeJson
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static Recipe Parse(string json, string where, Vocabulary vocabulary)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Lenient);
        }
        catch (JsonException problem)
        {
            throw new StageException($"{where}, line {problem.LineNumber + 1}: is not JSON ({JsonKeys.Plain(problem.Message)})", problem);
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new StageException($"{where}: a recipe is a JSON object with \"name\" and \"steps\".");
            var problems = new List<string>();
            JsonKeys.Check(document.RootElement, typeof(Recipe), vocabulary, string.Empty, problems, Place);
            RecipeProblems.Throw(where, problems);
            if (document.RootElement.TryGetProperty("steps", out var steps))
            {
                foreach (var step in steps.EnumerateArray())
                    vocabulary.Read<RecipeStep>(step.GetRawText(), $"{where}: step '{step.GetProperty("name").GetString()}'");
            }

            return vocabulary.Read<Recipe>(json, where);
        }
    }

    // a step is called by its name and its stage, not by its place in the list
    private static string? Place(JsonElement json, Type type)
    {
        if (type != typeof(RecipeStep) || json.ValueKind != JsonValueKind.Object)
            return null;
        var name = json.TryGetProperty("name", out var given) && given.ValueKind == JsonValueKind.String ? $"'{given.GetString()}'" : "without a name";
        var kind = json.TryGetProperty("stage", out var stage) && stage.ValueKind == JsonValueKind.Object && stage.TryGetProperty("kind", out var text) && text.ValueKind == JsonValueKind.String ? $" ({text.GetString()})" : string.Empty;
        return $"step {name}{kind}: ";
    }
}
