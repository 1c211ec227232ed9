namespace Niwaki;

/// <summary>Reads weights that another library wrote.</summary>
public static class Checkpoint
{
    /// <summary>Translates by the naming that fits best.</summary>
    /// <param name="state">The foreign tensors.</param>
    /// <param name="architecture">What they are for; a head of another kind than theirs simply stays missing.</param>
    /// <param name="height">Input rows that the network will have.</param>
    /// <param name="width">Input columns.</param>
    /// <param name="vocabulary">Knows the namings.</param>
    /// <exception cref="StageException">No naming knows any of the tensors.</exception>
    public static Imported Import(IReadOnlyDictionary<string, Weight> state, Architecture architecture, int height, int width, Vocabulary vocabulary)
    {
        state = Unwrapped(state);
        var best = vocabulary.Catalog(typeof(Naming))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => ((Naming)Activator.CreateInstance(entry.Value)!).Import(state, architecture, height, width))
            .MinBy(imported => imported.Missing.Count + imported.Misfits.Count + imported.Unused.Count)!;
        return best.Weights.Count > 0
            ? best
            : throw new StageException($"The checkpoint's tensors ({string.Join(", ", state.Keys.Take(3))}, …) are none of the architecture's under any known naming ({string.Join(", ", vocabulary.Catalog(typeof(Naming)).Keys.Order(StringComparer.Ordinal))}): choose the architecture that it was written for.");
    }

    /// <summary>Without the prefix that a data-parallel wrapper puts before every name.</summary>
    private static IReadOnlyDictionary<string, Weight> Unwrapped(IReadOnlyDictionary<string, Weight> state)
    {
        const string Wrapper = "module.";
        return state.Count > 0 && state.Keys.All(name => name.StartsWith(Wrapper, StringComparison.Ordinal))
            ? state.ToDictionary(entry => entry.Key[Wrapper.Length..], entry => entry.Value, StringComparer.Ordinal)
            : state;
    }
}
