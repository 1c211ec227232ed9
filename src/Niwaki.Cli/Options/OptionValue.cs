using System.Text.Json;
using System.Text.Json.Nodes;

namespace Niwaki.Cli;

/// <summary>Words of the command line as the JSON that a recipe would have.</summary>
internal static class OptionValue
{
    /// <param name="name">The option, for errors.</param>
    /// <param name="words">What was given after it.</param>
    /// <param name="type">The property's type.</param>
    /// <param name="vocabulary">The known kinds.</param>
    /// <exception cref="UsageException">The words are no value of the type.</exception>
    public static JsonNode? Read(string name, IReadOnlyList<string> words, Type type, Vocabulary vocabulary)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var node = JsonKeys.ElementOf(type) is { } element ? List(name, words, element, vocabulary) : Single(name, words.Count == 0 ? "true" : words[^1], type, vocabulary);
        var problems = new List<string>();
        using var document = JsonDocument.Parse(node?.ToJsonString() ?? "null");
        JsonKeys.Check(document.RootElement, type, vocabulary, name, problems);
        return problems.Count == 0 ? node : throw new UsageException(string.Join(Environment.NewLine, problems));
    }

    private static JsonArray List(string name, IReadOnlyList<string> words, Type element, Vocabulary vocabulary)
    {
        if (words is [['[', ..]] && Parse(name, words[0]) is JsonArray given)
            return given;
        var items = words.SelectMany(word => word.StartsWith('{') ? [word] : word.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return new JsonArray([.. items.Select(item => Single(name, item, element, vocabulary))]);
    }

    private static JsonNode? Single(string name, string word, Type type, Vocabulary vocabulary)
    {
        if (word == "null" && type.IsClass && type != typeof(string))
            return null;
        if (type == typeof(string) || type == typeof(ArtifactReference) || type.IsEnum)
            return JsonValue.Create(word);
        if (type == typeof(TimeSpan) || type == typeof(Bytes))
            return JsonValue.Create(word);
        if (type.IsAbstract && !word.StartsWith('{'))
        {
            var kinds = vocabulary.Catalog(type);
            return kinds.ContainsKey(word)
                ? new JsonObject { ["kind"] = word }
                : throw new UsageException($"{name}: '{word}' is no {Catalog.Kebab(type.Name)}{Spelling.DidYouMean(word, kinds.Keys)} Known are {string.Join(", ", kinds.Keys.Order(StringComparer.Ordinal))}; with options of its own: '{{ \"kind\": … }}'.");
        }

        return word.StartsWith('{') || word.StartsWith('[') || type.IsPrimitive || type == typeof(Macs) || type == typeof(Joules)
            ? Parse(name, word, type)
            : throw new UsageException($"{name}: '{word}' is not {JsonKeys.Words(type)}. Write it as JSON: '{{ … }}'.");
    }

    private static JsonNode? Parse(string name, string word, Type? type = null)
    {
        try
        {
            return JsonNode.Parse(word, documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException)
        {
            throw new UsageException($"{name}: '{word}' is not {(type is null || !type.IsPrimitive ? "JSON" : JsonKeys.Words(type))}.");
        }
    }
}
