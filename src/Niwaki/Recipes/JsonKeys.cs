using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Niwaki;

/// <summary>Compares JSON with the record it is meant for and says in words what does not fit.</summary>
internal static class JsonKeys
{
    private const string KindKey = "kind";

    /// <param name="json">What came.</param>
    /// <param name="type">What is expected.</param>
    /// <param name="vocabulary">The known kinds.</param>
    /// <param name="where">Prefix of every problem: empty, or a path.</param>
    /// <param name="problems">Receives them.</param>
    /// <param name="place">Gives an element a name of its own instead of its path.</param>
    public static void Check(JsonElement json, Type type, Vocabulary vocabulary, string where, List<string> problems, Func<JsonElement, Type, string?>? place = null)
    {
        var nullable = Nullable.GetUnderlyingType(type);
        type = nullable ?? type;
        if (json.ValueKind == JsonValueKind.Null)
            return;
        where = place?.Invoke(json, type) ?? where;
        if (ElementOf(type) is { } element)
        {
            if (json.ValueKind != JsonValueKind.Array)
            {
                problems.Add($"{At(where)}{Show(json)} is not a list.");
                return;
            }

            var index = 0;
            foreach (var item in json.EnumerateArray())
                Check(item, element, vocabulary, $"{where}[{index++}]", problems, place);
            return;
        }

        var info = vocabulary.Json.GetTypeInfo(type);
        if (!type.IsAbstract && info.Kind != JsonTypeInfoKind.Object)
        {
            CheckValue(json, type, vocabulary, where, problems);
            return;
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            var kinds = type.IsAbstract ? $" such as {{ \"kind\": \"{vocabulary.Catalog(type).Keys.Order(StringComparer.Ordinal).FirstOrDefault()}\" }}" : string.Empty;
            problems.Add($"{At(where)}{Show(json)} is not an object{kinds}.");
            return;
        }

        var name = Catalog.Kebab(type.Name);
        if (type.IsAbstract)
        {
            var kinds = vocabulary.Catalog(type);
            var list = string.Join(", ", kinds.Keys.Order(StringComparer.Ordinal));
            if (!json.TryGetProperty(KindKey, out var kind) || kind.ValueKind != JsonValueKind.String)
            {
                problems.Add($"{At(where)}a {name} needs \"kind\": one of {list}.");
                return;
            }

            if (!kinds.TryGetValue(kind.GetString()!, out var concrete))
            {
                problems.Add($"{At(where)}'{kind.GetString()}' is no {name}{Spelling.DidYouMean(kind.GetString()!, kinds.Keys)} Known are {list}.");
                return;
            }

            name = kind.GetString()!;
            info = vocabulary.Json.GetTypeInfo(concrete);
            CheckKeys(json, info, polymorphic: true);
        }
        else
        {
            CheckKeys(json, info, polymorphic: false);
        }

        void CheckKeys(JsonElement given, JsonTypeInfo known, bool polymorphic)
        {
            var options = Options(known);
            var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var key in given.EnumerateObject())
            {
                if (!seen.Add(key.Name))
                    problems.Add($"{At(where)}'{key.Name}' is given twice.");
                else if (options.FirstOrDefault(property => property.Name.Equals(key.Name, StringComparison.OrdinalIgnoreCase)) is { } property)
                    Check(key.Value, property.PropertyType, vocabulary, place is not null && property.PropertyType == typeof(Stage) && known.Type == typeof(RecipeStep) ? where : Join(where, property.Name), problems, place);
                else if (!(polymorphic && key.Name == KindKey))
                    problems.Add(OldOptions.Remedy(name, key.Name) is { } remedy ? $"{At(where)}'{key.Name}' is no option of {name} any more. {remedy}" : $"{At(where)}'{key.Name}' is no option of {name}{Spelling.DidYouMean(key.Name, options.Select(property => property.Name))} Known are {string.Join(", ", options.Select(property => property.Name))}.");
            }

            foreach (var missing in options.Where(property => property.IsRequired && !seen.Contains(property.Name)))
                problems.Add($"{At(where)}{name} needs '{missing.Name}', {Words(missing.PropertyType)}.");
        }
    }

    /// <summary>What can be given: the serializer lists ignored and computed properties too.</summary>
    public static JsonPropertyInfo[] Options(JsonTypeInfo info) => [.. info.Properties.Where(property => property.Set is not null || property.AssociatedParameter is not null)];

    /// <summary>The serializer's message without its path in the serializer's own words.</summary>
    public static string Plain(string message)
    {
        foreach (var tail in (string[])[" Path: ", " LineNumber: "])
        {
            if (message.IndexOf(tail, StringComparison.Ordinal) is > 0 and var at)
                message = message[..at];
        }

        return message.TrimEnd();
    }

    /// <summary>What a value of the type looks like.</summary>
    public static string Words(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            _ when type == typeof(string) => "text",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(int) || type == typeof(long) || type == typeof(Macs) => "a whole number",
            _ when type == typeof(double) || type == typeof(float) || type == typeof(Joules) => "a number",
            _ when type == typeof(TimeSpan) => "seconds or a duration such as \"30 ms\"",
            _ when type == typeof(Bytes) => "bytes or a size such as \"250 MB\"",
            _ when type == typeof(ArtifactReference) => "a step's name or a folder",
            _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName))}",
            _ when ElementOf(type) is { } element => $"a list; each: {Words(element)}",
            _ => $"a {Catalog.Kebab(type.Name)}",
        };
    }

    public static Type? ElementOf(Type type)
    {
        if (type == typeof(string) || !type.IsGenericType && !type.IsArray)
            return null;
        if (type.IsArray)
            return type.GetElementType();
        var definition = type.GetGenericTypeDefinition();
        return definition == typeof(ValueList<>) || definition == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;
    }

    private static void CheckValue(JsonElement json, Type type, Vocabulary vocabulary, string where, List<string> problems)
    {
        try
        {
            json.Deserialize(type, vocabulary.Json);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException)
        {
            problems.Add($"{At(where)}{Show(json)} is not {Words(type)}.");
        }
    }

    private static string At(string where) => where.Length == 0 || where.EndsWith(": ", StringComparison.Ordinal) ? where : $"{where}: ";

    private static string Join(string where, string key) => where.Length == 0 || where.EndsWith(": ", StringComparison.Ordinal) ? where + key : $"{where}.{key}";

    private static string Show(JsonElement json)
    {
        var text = json.GetRawText();
        return text.Length > 60 ? text[..57] + "..." : text;
    }
}
