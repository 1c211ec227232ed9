using System.Text.Json.Nodes;

namespace Niwaki;

/// <summary>Options that stages had in earlier versions: runs of then are read, and a recipe that names one is told what it is now.</summary>
internal static class OldOptions
{
    private const string Kind = "kind";

    private sealed record Old(string Stage, string Key, string Remedy, Action<JsonObject, JsonNode?> Upgrade);

    private static readonly Old[] Known =
    [
        new("quantize", "biasCorrection", "It is the refinement 'bias' now, which is on by default; \"refinements\": [{ \"kind\": \"fixed-range\" }] is without it.", (stage, value) =>
            stage["refinements"] = value is JsonValue given && given.TryGetValue<bool>(out var on) && !on ? new JsonArray() : new JsonArray(new JsonObject { [Kind] = "bias" })),
    ];

    /// <summary>What became of an option; <see langword="null"/> where there never was one.</summary>
    public static string? Remedy(string stage, string key) => Known.FirstOrDefault(old => old.Stage == stage && old.Key.Equals(key, StringComparison.OrdinalIgnoreCase))?.Remedy;

    /// <summary>Says old options in today's words, at any depth.</summary>
    public static void Upgrade(JsonNode? node)
    {
        if (node is JsonObject there)
        {
            if (there[Kind] is JsonValue kind && kind.TryGetValue<string>(out var name))
            {
                foreach (var old in Known.Where(old => old.Stage == name && there.ContainsKey(old.Key)))
                {
                    var value = there[old.Key];
                    there.Remove(old.Key);
                    old.Upgrade(there, value);
                }
            }

            foreach (var (_, value) in there)
                Upgrade(value);
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items)
                Upgrade(item);
        }
    }
}
