namespace Niwaki;

/// <summary>A checkpoint's names as one naming understands them, with the shapes that stay as they are.</summary>
internal sealed class ReadNames
{
    private readonly Dictionary<string, Shape> shapes = new(StringComparer.Ordinal);
    private readonly List<(string Before, string After)> joined = [];
    private readonly List<string> unknown = [];

    public ReadNames(Naming naming, IReadOnlyDictionary<string, Weight> state)
    {
        Naming = naming;
        foreach (var (foreign, ours, rule) in naming.Names(state.Keys))
        {
            var shape = state[foreign].Shape;
            if (rule is null)
                unknown.Add(foreign);
            else if (ours is null)
                continue;
            else if (rule.IsFused && shape.Rank > 0)
                Array.ForEach(["q", "k", "v"], part => shapes[ours.Replace("*", part, StringComparison.Ordinal)] = shape.With(0, shape[0] / 3));
            else if (ours.IndexOf('*', StringComparison.Ordinal) is >= 0 and var star)
                joined.Add((ours[..star], ours[(star + 1)..]));
            else
                shapes[ours] = shape;
        }
    }

    public Naming Naming { get; }

    /// <summary>Tensors under our names.</summary>
    public IReadOnlyDictionary<string, Shape> Shapes => shapes;

    /// <summary>Foreign names that the naming has no rule for.</summary>
    public IReadOnlyList<string> Unknown => unknown;

    public int Known => shapes.Count + joined.Count;

    /// <summary>How far the names are from a network's part.</summary>
    /// <param name="specs">The tensors that it needs.</param>
    /// <param name="part">Prefix of the names that are compared.</param>
    public NameFit Against(IReadOnlyDictionary<string, ParameterSpec> specs, string part)
    {
        var (missing, misfits, resampled) = (new List<string>(), new List<string>(), 0);
        foreach (var (name, spec) in specs)
        {
            if (!name.StartsWith(part, StringComparison.Ordinal))
                continue;
            if (!shapes.TryGetValue(name, out var shape))
            {
                if (!joined.Any(each => name.Length > each.Before.Length + each.After.Length && name.StartsWith(each.Before, StringComparison.Ordinal) && name.EndsWith(each.After, StringComparison.Ordinal)))
                    missing.Add(name);
            }
            else if (shape != spec.Shape && shape.Elements != spec.Shape.Elements)
            {
                if (spec.Role is ParameterRole.Embedding or ParameterRole.PositionBias && shape.Rank == spec.Shape.Rank && shape[^1] == spec.Shape[^1])
                    resampled++;
                else
                    misfits.Add($"{name} is {shape} where {spec.Shape} is needed");
            }
        }

        var surplus = shapes.Keys.Where(name => name.StartsWith(part, StringComparison.Ordinal) && !specs.ContainsKey(name));
        return new NameFit([.. missing], [.. misfits], [.. surplus], resampled);
    }
}
