namespace Niwaki;

/// <summary>A pickled dict, in its order. Keys that are no text are counted and dropped: no tensor has one.</summary>
internal sealed class PickleDictionary
{
    private readonly Dictionary<string, object?> values = new(StringComparer.Ordinal);
    private readonly List<string> order = [];

    /// <summary>The names, in the order of the file.</summary>
    public IReadOnlyList<string> Names => order;

    public object? this[string name] => values[name];

    public bool TryGet(string name, out object? value) => values.TryGetValue(name, out value);

    /// <returns>Whether the name is new.</returns>
    public bool Add(object? key, object? value)
    {
        if (key is not string name)
            return true;
        if (!values.TryAdd(name, value))
            return false;
        order.Add(name);
        return true;
    }
}
