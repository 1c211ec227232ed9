namespace Niwaki;

/// <summary>Carries out a <see cref="ChannelCut"/>: in the architecture, in the weights, or by zeros in the dense weights.</summary>
public static class Slicing
{
    /// <summary>The architecture after the cut.</summary>
    /// <exception cref="ArgumentException">The cut names a group that is not there, or units that it has not.</exception>
    public static Architecture Narrow(this ChannelGraph graph, ChannelCut cut)
    {
        // only widths are asked for, and often: rows that go are counted, not listed
        var gone = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (slice, stays) in SlicesOf(graph, cut, slice => slice is { Axis: 0, Reads: false } && graph.Parameters[slice.Parameter].Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight))
            gone[slice.Parameter] = gone.GetValueOrDefault(slice.Parameter) + slice.Units.Count(unit => unit >= 0 && !stays[unit]);
        return graph.Architecture.Narrowed(layer => WidthOf(graph, layer) - gone.GetValueOrDefault($"{layer}.weight"));
    }

    /// <summary>The architecture and the weights after the cut, every shape checked.</summary>
    /// <exception cref="ArgumentException">As <see cref="Narrow"/>, or the architecture cannot express the cut.</exception>
    public static (Architecture Architecture, IReadOnlyDictionary<string, Weight> Weights) Slice(this ChannelGraph graph, IReadOnlyDictionary<string, Weight> weights, ChannelCut cut)
    {
        var kept = KeptIndices(graph, cut);
        var narrowed = graph.Architecture.Narrowed(WidthsOf(graph, kept));
        if (Mismatch(graph, kept, narrowed) is { } mismatch)
            throw new ArgumentException($"The cut cannot be expressed by the architecture: {mismatch}.", nameof(cut));
        var sliced = new Dictionary<string, Weight>(StringComparer.Ordinal);
        foreach (var name in graph.Parameters.Keys)
        {
            var weight = weights[name];
            for (var axis = 0; axis < weight.Shape.Rank; axis++)
            {
                if (kept.TryGetValue((name, axis), out var indices))
                    weight = Take(weight, axis, indices);
            }

            sliced[name] = weight;
        }

        return (narrowed, sliced);
    }

    /// <summary>
    /// The dense weights with zeros where the cut units are made (rows, biases, gains and offsets), so that every cut channel is zero
    /// wherever it is read: the function that the sliced network must equal.
    /// </summary>
    public static IReadOnlyDictionary<string, Weight> Zero(this ChannelGraph graph, IReadOnlyDictionary<string, Weight> weights, ChannelCut cut)
    {
        var zeroed = new Dictionary<string, Weight>(weights, StringComparer.Ordinal);
        foreach (var (slice, stays) in SlicesOf(graph, cut, slice => !slice.Reads))
        {
            var weight = zeroed[slice.Parameter];
            var values = ReferenceEquals(weight, weights[slice.Parameter]) ? (float[])weight.Values.Clone() : weight.Values;
            var inner = InnerOf(weight.Shape, slice.Axis);
            var size = slice.Units.Count;
            for (var block = 0; block < values.Length / inner; block++)
            {
                var unit = slice.Units[block % size];
                if (unit >= 0 && !stays[unit])
                    values.AsSpan(block * inner, inner).Clear();
            }

            zeroed[slice.Parameter] = weight with { Values = values };
        }

        return zeroed;
    }

    /// <summary>Whether <see cref="Architecture.Narrowed"/> can express a cut: found out by asking it and comparing every shape.</summary>
    /// <returns><see langword="null"/>, or the first difference in words.</returns>
    internal static string? Mismatch(ChannelGraph graph, ChannelCut cut)
    {
        var kept = KeptIndices(graph, cut);
        return Mismatch(graph, kept, graph.Architecture.Narrowed(WidthsOf(graph, kept)));
    }

    private static string? Mismatch(ChannelGraph graph, Dictionary<(string, int), int[]> kept, Architecture narrowed)
    {
        IReadOnlyList<ParameterSpec> specs;
        try
        {
            specs = ParameterOps.Of(narrowed, graph.Height, graph.Width);
        }
        catch (ArgumentException problem)
        {
            return problem.Message.TrimEnd('.');
        }

        var needed = specs.ToDictionary(spec => spec.Name, spec => spec.Shape);
        foreach (var (name, spec) in graph.Parameters)
        {
            var shape = spec.Shape;
            for (var axis = 0; axis < shape.Rank; axis++)
                shape = kept.TryGetValue((name, axis), out var indices) ? shape.With(axis, indices.Length) : shape;
            if (!needed.TryGetValue(name, out var other))
                return $"{name} is gone";
            if (other != shape)
                return $"{name} would be {shape}, the architecture has {other}";
        }

        return needed.Count == graph.Parameters.Count ? null : $"the architecture has {needed.Count} tensors, not {graph.Parameters.Count}";
    }

    private static Widths WidthsOf(ChannelGraph graph, Dictionary<(string, int), int[]> kept) => layer =>
        kept.TryGetValue(($"{layer}.weight", 0), out var indices) ? indices.Length : WidthOf(graph, layer);

    private static int WidthOf(ChannelGraph graph, string layer) => graph.Parameters.TryGetValue($"{layer}.weight", out var spec)
        ? spec.Shape[0]
        : throw new ArgumentException($"The network has no layer '{layer}'.", nameof(layer));

    private static Dictionary<(string Parameter, int Axis), int[]> KeptIndices(ChannelGraph graph, ChannelCut cut)
    {
        var stays = new Dictionary<(string, int), bool[]>();
        foreach (var (slice, unitStays) in SlicesOf(graph, cut, _ => true))
        {
            if (!stays.TryGetValue((slice.Parameter, slice.Axis), out var mask))
            {
                stays[(slice.Parameter, slice.Axis)] = mask = new bool[slice.Units.Count];
                Array.Fill(mask, true);
            }

            for (var i = 0; i < mask.Length; i++)
                mask[i] &= slice.Units[i] < 0 || unitStays[slice.Units[i]];
        }

        return stays.ToDictionary(axis => axis.Key, axis => Enumerable.Range(0, axis.Value.Length).Where(i => axis.Value[i]).ToArray());
    }

    private static IEnumerable<(ChannelSlice Slice, bool[] Stays)> SlicesOf(ChannelGraph graph, ChannelCut cut, Func<ChannelSlice, bool> wanted)
    {
        foreach (var (name, kept) in cut.Kept)
        {
            var group = graph[name];
            if (kept.Count == 0 || kept.Zip(kept.Skip(1)).Any(pair => pair.First >= pair.Second) || kept[0] < 0 || kept[^1] >= group.Units)
                throw new ArgumentException($"{name} has units 0 to {group.Units - 1}; those that stay, ascending and at least one, cannot be {kept}.", nameof(cut));
            if (kept.Count == group.Units)
                continue;
            var stays = new bool[group.Units];
            foreach (var unit in kept)
                stays[unit] = true;
            foreach (var slice in group.Slices.Where(wanted))
                yield return (slice, stays);
        }
    }

    private static Weight Take(Weight weight, int axis, int[] indices)
    {
        var inner = InnerOf(weight.Shape, axis);
        var size = weight.Shape[axis];
        var shape = weight.Shape.With(axis, indices.Length);
        var values = new float[shape.Elements];
        for (var block = 0; block < values.Length / inner; block++)
        {
            var source = ((block / indices.Length * size) + indices[block % indices.Length]) * inner;
            weight.Values.AsSpan(source, inner).CopyTo(values.AsSpan(block * inner, inner));
        }

        return new Weight(shape, values);
    }

    // numbers that one index of the axis holds in a row
    private static int InnerOf(Shape shape, int axis)
    {
        var inner = 1;
        for (var i = axis + 1; i < shape.Rank; i++)
            inner *= shape[i];
        return inner;
    }
}
