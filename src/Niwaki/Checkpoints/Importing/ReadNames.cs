namespace Niwaki;

/// <summary>A checkpoint's names as one naming understands them, with the shapes that its tensors then have.</summary>
internal sealed class ReadNames
{
    private readonly Dictionary<string, Shape> shapes = new(StringComparer.Ordinal);
    private readonly List<string> unknown = [];

    public ReadNames(Naming naming, IReadOnlyDictionary<string, Weight> state)
    {
        Naming = naming;
        foreach (var (foreign, ours, rule) in naming.Names(state.Keys))
        {
            var parts = rule is null || ours is null ? [] : Niwaki.Naming.Parts(rule, ours, state[foreign]);
            if (rule is null || parts is null)
                unknown.Add(foreign);
            else
            {
                foreach (var (name, weight) in parts)
                    shapes[name] = weight.Shape;
            }
        }

        // cosines know no bias of k: torchvision stores one and never uses it
        const string Scale = ".logit_scale";
        foreach (var scale in shapes.Keys.Where(name => name.EndsWith(Scale, StringComparison.Ordinal)).ToArray())
            shapes.Remove($"{scale[..^Scale.Length]}.k.bias");
        foreach (var (name, window) in StoredWindows.In(naming, state))
            shapes[name] = window;
    }

    public Naming Naming { get; }

    /// <summary>Tensors under our names.</summary>
    public IReadOnlyDictionary<string, Shape> Shapes => shapes;

    /// <summary>Foreign tensors that the naming has no rule for.</summary>
    public IReadOnlyList<string> Unknown => unknown;

    public int Known => shapes.Count;

    /// <summary>How far the names are from a network's part.</summary>
    /// <param name="specs">The tensors that it needs.</param>
    /// <param name="part">Prefix of the names that are compared.</param>
    public NameFit Against(IReadOnlyDictionary<string, ParameterSpec> specs, string part)
    {
        var (missing, misfits, resampled, needed) = (new List<string>(), new List<string>(), 0, 0);
        foreach (var (name, spec) in specs)
        {
            if (!name.StartsWith(part, StringComparison.Ordinal))
                continue;
            needed++;
            if (!shapes.TryGetValue(name, out var shape))
                missing.Add(name);
            else if (shape != spec.Shape && shape.Elements != spec.Shape.Elements)
            {
                if (spec.Role is ParameterRole.Embedding or ParameterRole.PositionBias && shape.Rank == spec.Shape.Rank && (Niwaki.Naming.IsMirrored(spec) ? shape[0] == spec.Shape[0] : shape[^1] == spec.Shape[^1]))
                    resampled++;
                else
                    misfits.Add($"{name} is {shape} where {spec.Shape} is needed");
            }
        }

        var surplus = shapes.Keys.Where(name => name.StartsWith(part, StringComparison.Ordinal) && !specs.ContainsKey(name));
        return new NameFit([.. missing], [.. misfits], [.. surplus], resampled, needed - missing.Count);
    }
}
