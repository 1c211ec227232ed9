using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Niwaki.Cli.Tests;

/// <summary>The part of JSON Schema that our schemas use; another keyword is an error, so that none is silently not checked.</summary>
internal static class MiniValidator
{
    private static readonly string[] Silent = ["$schema", "title", "description", "default", "markdownEnumDescriptions", "$defs", "then"];

    public static List<string> Problems(JsonObject root, JsonNode? value)
    {
        var problems = new List<string>();
        Check(root, root, value, "$", problems);
        return problems;
    }

    private static void Check(JsonObject root, JsonObject schema, JsonNode? value, string path, List<string> problems)
    {
        foreach (var (keyword, rule) in schema)
        {
            switch (keyword)
            {
                case "type":
                    if (!(rule is JsonArray types ? types.Select(type => (string)type!) : [(string)rule!]).Any(type => Is(type, value)))
                        problems.Add($"{path}: {value?.ToJsonString()} is no {rule!.ToJsonString()}");
                    break;
                case "properties" when value is JsonObject json:
                    foreach (var (name, inner) in rule!.AsObject())
                    {
                        if (json.TryGetPropertyValue(name, out var found))
                            Check(root, inner!.AsObject(), found, $"{path}.{name}", problems);
                    }

                    break;
                case "additionalProperties" when value is JsonObject json:
                    foreach (var (name, inner) in json.Where(pair => schema["properties"]?[pair.Key] is null))
                    {
                        if (rule is JsonObject other)
                            Check(root, other, inner, $"{path}.{name}", problems);
                        else
                            problems.Add($"{path}.{name}: unknown");
                    }

                    break;
                case "required" when value is JsonObject json:
                    problems.AddRange(rule!.AsArray().Select(name => (string)name!).Where(name => !json.ContainsKey(name)).Select(name => $"{path}.{name}: missing"));
                    break;
                case "items" when value is JsonArray items:
                    for (var index = 0; index < items.Count; index++)
                        Check(root, rule!.AsObject(), items[index], $"{path}[{index}]", problems);
                    break;
                case "enum":
                    if (!rule!.AsArray().Any(allowed => JsonNode.DeepEquals(allowed, value)))
                        problems.Add($"{path}: {value?.ToJsonString()} is not allowed");
                    break;
                case "const":
                    if (!JsonNode.DeepEquals(rule, value))
                        problems.Add($"{path}: not {rule}");
                    break;
                case "minimum":
                    if (value is JsonValue number && number.GetValueKind() == JsonValueKind.Number && Number(number) < Number(rule!))
                        problems.Add($"{path}: below {rule}");
                    break;
                case "pattern":
                    if (value is JsonValue text && text.GetValueKind() == JsonValueKind.String && !Regex.IsMatch(text.GetValue<string>(), (string)rule!))
                        problems.Add($"{path}: {text} does not fit {rule}");
                    break;
                case "$ref":
                    Check(root, root["$defs"]![((string)rule!)["#/$defs/".Length..]]!.AsObject(), value, path, problems);
                    break;
                case "allOf":
                    foreach (var inner in rule!.AsArray())
                        Check(root, inner!.AsObject(), value, path, problems);
                    break;
                case "anyOf":
                    if (!rule!.AsArray().Any(inner => Try(root, inner!.AsObject(), value)))
                        problems.Add($"{path}: fits none");
                    break;
                case "if":
                    if (Try(root, rule!.AsObject(), value))
                        Check(root, schema["then"]!.AsObject(), value, path, problems);
                    break;
                case "properties" or "additionalProperties" or "required" or "items":
                    break;
                default:
                    Assert.Contains(keyword, Silent);
                    break;
            }
        }
    }

    private static double Number(JsonNode node) => double.Parse(node.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);

    private static bool Try(JsonObject root, JsonObject schema, JsonNode? value)
    {
        var problems = new List<string>();
        Check(root, schema, value, "$", problems);
        return problems.Count == 0;
    }

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) or ("array", JsonValueKind.Array) or ("object", JsonValueKind.Object) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => Number(value!) % 1 == 0,
        _ => false,
    };
}
