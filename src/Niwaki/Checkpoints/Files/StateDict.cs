namespace Niwaki;

/// <summary>Finds the dict of tensors in what a training saved: the averaged weights first, as timm does.</summary>
internal static class StateDict
{
    private const int MaxDepth = 4;

    private static readonly string[] Wrappers =
    [
        "state_dict_ema", "model_ema", "ema_state_dict", "ema", "teacher", "state_dict", "model_state", "model_state_dict", "model", "module", "net", "network", "student", "weights", "backbone",
    ];

    /// <param name="root">The file's value.</param>
    /// <param name="wanted">Names on the way down, joined by dots; null to search.</param>
    /// <param name="where">The file, for errors.</param>
    public static (PickleDictionary Tensors, string Entry) Find(object? root, string? wanted, string where)
    {
        if (wanted is not null)
            return (Walk(root, wanted, where), wanted);
        if (root is not PickleDictionary dictionary)
            throw new StageException($"{where}: holds {(root is TorchTensor ? "a single tensor" : "no dict")} where a dict of named tensors is needed. Save model.state_dict().");
        return Search(dictionary, string.Empty, 0, where)
            ?? throw new StageException($"{where}: holds no dict of named tensors (there are {Few(dictionary.Names)}). Save model.state_dict().");
    }

    private static (PickleDictionary Tensors, string Entry)? Search(PickleDictionary dictionary, string path, int depth, string where)
    {
        if (depth >= MaxDepth)
            return null;
        var inner = Inner(dictionary);
        foreach (var wrapper in Wrappers.Where(inner.Contains))
        {
            if (Search((PickleDictionary)dictionary[wrapper]!, Join(path, wrapper), depth + 1, where) is { } found)
                return found;
        }

        if (dictionary.Names.Any(name => dictionary[name] is TorchTensor))
            return (dictionary, path);
        var holding = inner.Where(name => Search((PickleDictionary)dictionary[name]!, Join(path, name), depth + 1, where) is not null).ToArray();
        return holding switch
        {
            [] => null,
            [var only] => Search((PickleDictionary)dictionary[only]!, Join(path, only), depth + 1, where),
            _ => throw new StageException($"{where}: holds tensors in several places: {Few(holding.Select(name => Join(path, name)))}. Say which with --entry."),
        };
    }

    private static PickleDictionary Walk(object? root, string wanted, string where)
    {
        // a name may have dots itself
        var at = root as PickleDictionary;
        var left = wanted;
        while (left.Length > 0 && at is not null)
        {
            var step = at.Names.Where(name => left == name || left.StartsWith($"{name}.", StringComparison.Ordinal)).MaxBy(name => name.Length);
            if (step is null || at[step] is not PickleDictionary deeper)
                throw new StageException($"{where}: has no dict at --entry {wanted}. There are {Few(Inner(at))}.");
            (at, left) = (deeper, left == step ? string.Empty : left[(step.Length + 1)..]);
        }

        return at is not null && at.Names.Any(name => at[name] is TorchTensor) ? at : throw new StageException($"{where}: holds no tensors at --entry {wanted}.");
    }

    private static string[] Inner(PickleDictionary dictionary) => [.. dictionary.Names.Where(name => dictionary[name] is PickleDictionary)];

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Few(IEnumerable<string> names)
    {
        var all = names.ToArray();
        return all.Length == 0 ? "none" : string.Join(", ", all.Take(8)) + (all.Length > 8 ? ", …" : string.Empty);
    }
}
