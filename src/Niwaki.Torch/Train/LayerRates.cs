namespace Niwaki.Torch;

/// <summary>Learning-rate factors by depth: 1 in the head, times the decay for each layer from the top of the backbone down.</summary>
internal static class LayerRates
{
    public static IReadOnlyDictionary<string, double> Of(IReadOnlyList<ParameterSpec> specs, double decay)
    {
        var layers = new List<string>();
        foreach (var spec in specs)
        {
            if (InBackbone(spec) && !layers.Contains(LayerOf(spec.Name)))
                layers.Add(LayerOf(spec.Name));
        }

        return specs.ToDictionary(spec => spec.Name, spec => InBackbone(spec) ? Math.Pow(decay, layers.Count - layers.IndexOf(LayerOf(spec.Name))) : 1, StringComparer.Ordinal);
    }

    /// <summary>The name up to its last index (<c>backbone.stages.0.blocks.1</c>), or its first two parts.</summary>
    private static string LayerOf(string name)
    {
        var parts = name.Split('.');
        var index = Array.FindLastIndex(parts, part => int.TryParse(part, out _));
        return string.Join('.', parts.Take(index >= 0 ? index + 1 : 2));
    }

    private static bool InBackbone(ParameterSpec spec) => spec.Name.StartsWith(Architecture.BackboneName + ".", StringComparison.Ordinal);
}
