namespace Niwaki;

/// <summary>What wrappers put before names: data parallelism, compilation, a training's own module.</summary>
internal static class ForeignPrefix
{
    private const int MaxDepth = 3;
    private static readonly string[] Known = ["module.", "_orig_mod.", "teacher.", "student.", "model.", "network.", "net.", "encoder.", "backbone."];

    /// <summary>The state as it is, and without prefixes that many of its names have; the least changed first.</summary>
    public static IEnumerable<(string Removed, IReadOnlyDictionary<string, Weight> State)> Variants(IReadOnlyDictionary<string, Weight> state)
    {
        var level = new List<(string Removed, IReadOnlyDictionary<string, Weight> State)> { (string.Empty, state) };
        for (var depth = 0; depth <= MaxDepth; depth++)
        {
            foreach (var variant in level)
                yield return variant;
            level = [.. level.SelectMany(variant => Known.Select(prefix => Without(variant, prefix)).OfType<(string, IReadOnlyDictionary<string, Weight>)>())];
        }
    }

    private static (string Removed, IReadOnlyDictionary<string, Weight> State)? Without((string Removed, IReadOnlyDictionary<string, Weight> State) variant, string prefix)
    {
        // half of the names: a teacher and a student may lie side by side, a head beside a backbone
        if (variant.State.Keys.Count(name => name.StartsWith(prefix, StringComparison.Ordinal)) * 2 < variant.State.Count)
            return null;
        var state = new Dictionary<string, Weight>(StringComparer.Ordinal);
        foreach (var (name, weight) in variant.State)
        {
            if (!state.TryAdd(name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name, weight))
                return null;
        }

        return (variant.Removed + prefix, state);
    }
}
