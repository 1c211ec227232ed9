using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Niwaki.Cli;

/// <summary>The JSON Schema (2020-12) that follows from records: kinds, defaults, enum values, descriptions from the XML docs; unknown keys are not allowed.</summary>
internal sealed class JsonSchema
{
    private readonly Vocabulary vocabulary;
    private readonly JsonObject definitions = [];

    private JsonSchema(Vocabulary vocabulary) => this.vocabulary = vocabulary;

    public static JsonObject Of(Type root, Vocabulary vocabulary)
    {
        var schema = new JsonSchema(vocabulary);
        var body = schema.Record(root, null);
        var result = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = $"niwaki {Catalog.Kebab(root.Name)}" };
        foreach (var (key, value) in body)
            result[key] = value?.DeepClone();
        result["$defs"] = schema.definitions;
        return result;
    }

    private JsonObject Reference(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Simple(type) is { } simple)
            return simple;
        if (JsonKeys.ElementOf(type) is { } element)
            return new JsonObject { ["type"] = "array", ["items"] = Nullable.GetUnderlyingType(element) is null ? Reference(element) : OrNull(Reference(element)) };
        if (Values(type) is { } values)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = Reference(values) };
        if (type == typeof(JsonElement))
            return [];
        var name = Catalog.Kebab(type.Name);
        if (!definitions.ContainsKey(name))
        {
            definitions[name] = new JsonObject();
            definitions[name] = type.IsAbstract ? Kinds(type) : Record(type, null);
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
    }

    private JsonObject Kinds(Type root)
    {
        var kinds = vocabulary.Catalog(root).OrderBy(kind => kind.Key, StringComparer.Ordinal).ToArray();
        var choices = new JsonArray();
        foreach (var (name, type) in kinds)
        {
            var definition = $"{Catalog.Kebab(root.Name)}.{name}";
            if (!definitions.ContainsKey(definition))
            {
                definitions[definition] = new JsonObject();
                definitions[definition] = Record(type, name);
            }

            choices.Add((JsonNode)new JsonObject
            {
                ["if"] = new JsonObject { ["properties"] = new JsonObject { ["kind"] = new JsonObject { ["const"] = name } }, ["required"] = new JsonArray("kind") },
                ["then"] = new JsonObject { ["$ref"] = $"#/$defs/{definition}" },
            });
        }

        return new JsonObject
        {
            ["description"] = Documentation.Of(root),
            ["type"] = "object",
            ["required"] = new JsonArray("kind"),
            ["properties"] = new JsonObject
            {
                ["kind"] = new JsonObject
                {
                    ["enum"] = new JsonArray([.. kinds.Select(kind => (JsonNode)kind.Key)]),
                    ["markdownEnumDescriptions"] = new JsonArray([.. kinds.Select(kind => (JsonNode)Documentation.Of(kind.Value))]),
                },
            },
            ["allOf"] = choices,
        };
    }

    private JsonObject Record(Type type, string? kind)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        if (kind is not null)
        {
            properties["kind"] = new JsonObject { ["const"] = kind };
            required.Add("kind");
        }

        var defaults = RecordDefaults.Of(type);
        var needed = RecordDefaults.Required(type);
        foreach (var property in JsonKeys.Options(vocabulary.Json.GetTypeInfo(type)))
        {
            var member = (PropertyInfo)property.AttributeProvider!;
            var schema = Reference(property.PropertyType);
            if (Documentation.Of(member) is { Length: > 0 } text)
                schema["description"] = text;
            if (needed.Contains(member.Name))
                required.Add(property.Name);
            else if (defaults is not null && member.GetValue(defaults) is { } value && schema["default"] is null)
                schema["default"] = JsonSerializer.SerializeToNode(value, property.PropertyType, vocabulary.Json);
            properties[property.Name] = property.IsSetNullable ? OrNull(schema) : schema;
        }

        // what a record computes is written too, but is no option of a stage
        foreach (var property in vocabulary.Json.GetTypeInfo(type).Properties.Where(property => property is { Set: null, Get: not null } && !properties.ContainsKey(property.Name) && !typeof(Stage).IsAssignableFrom(type)))
        {
            var schema = Reference(property.PropertyType);
            schema["description"] = Documentation.Of((PropertyInfo)property.AttributeProvider!);
            properties[property.Name] = OrNull(schema);
        }

        var result = new JsonObject { ["description"] = Documentation.Of(type), ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (required.Count > 0)
            result["required"] = required;
        return result;
    }

    // null means the default of an option that has none, or switches off one that has
    private static JsonObject OrNull(JsonObject schema)
    {
        if (schema["type"] is JsonValue type)
            schema["type"] = new JsonArray(type.DeepClone(), "null");
        else if (schema["type"] is JsonArray types)
            types.Add("null");
        else if (schema["enum"] is JsonArray values)
            values.Add((JsonNode?)null);
        else if (schema["$ref"] is { } reference && schema.Remove("$ref"))
            schema["anyOf"] = new JsonArray(new JsonObject { ["$ref"] = reference.DeepClone() }, new JsonObject { ["type"] = "null" });
        return schema;
    }

    private static JsonObject? Simple(Type type) => type switch
    {
        _ when type == typeof(string) || type == typeof(ArtifactReference) || type == typeof(DateTimeOffset) => new JsonObject { ["type"] = "string" },
        _ when type == typeof(bool) => new JsonObject { ["type"] = "boolean" },
        _ when type == typeof(int) || type == typeof(long) || type == typeof(Macs) => new JsonObject { ["type"] = "integer" },
        _ when type == typeof(double) || type == typeof(float) || type == typeof(Joules) => new JsonObject { ["type"] = "number" },
        _ when type == typeof(TimeSpan) => new JsonObject { ["type"] = new JsonArray("number", "string"), ["minimum"] = 0, ["pattern"] = "^\\s*[0-9.eE+-]+\\s*(us|ms|s|min|h)?\\s*$" },
        _ when type == typeof(Bytes) => new JsonObject { ["type"] = new JsonArray("integer", "string"), ["minimum"] = 0, ["pattern"] = "^\\s*[0-9.]+\\s*([kKMGT]|Ki|Mi|Gi)?[bB]?\\s*$" },
        { IsEnum: true } => new JsonObject
        {
            ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => (JsonNode)JsonNamingPolicy.KebabCaseLower.ConvertName(name))]),
            ["markdownEnumDescriptions"] = new JsonArray([.. Enum.GetNames(type).Select(name => (JsonNode)Documentation.Of(type, name))]),
        },
        _ => null,
    };

    private static Type? Values(Type type) =>
        type.IsGenericType && type.GetGenericArguments() is [var key, var value] && key == typeof(string) && typeof(System.Collections.IEnumerable).IsAssignableFrom(type) ? value : null;
}
