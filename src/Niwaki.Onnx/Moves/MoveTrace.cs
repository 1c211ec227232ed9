using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Follows values back through the nodes that only move data, to where the data was computed.</summary>
/// <param name="index">The graph.</param>
/// <param name="layouts">Sizes of its values.</param>
/// <param name="batch">Pictures at once, where their number is free.</param>
internal sealed class MoveTrace(GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts, int batch)
{
    // a gigabyte of places
    private const long MaxElements = 1L << 26;

    private readonly Dictionary<string, Movement?> traced = new(StringComparer.Ordinal);

    /// <summary>Whether a node moves its data and computes nothing.</summary>
    public static bool Moves(NodeProto node) =>
        node.Domain is "" or "ai.onnx" && node.OpType is "Reshape" or "Transpose" or "Flatten" or "Squeeze" or "Unsqueeze" or "Slice" or "Split" or "Gather" or "Concat" or "Identity";

    /// <summary>Whether a node leaves the memory as it is.</summary>
    public static bool IsView(NodeProto node) => node.OpType is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Identity";

    /// <summary>Sizes of a value; <see langword="null"/> where they are not known.</summary>
    public int[]? SizesOf(string value) => layouts.TryGetValue(value, out var layout) ? [.. layout.Dimensions.Select((size, axis) => layout.Varies[axis] ? size * batch : size)] : null;

    /// <summary>Where a value's elements come from; the value itself where it is computed.</summary>
    public Movement? Of(string value)
    {
        if (traced.TryGetValue(value, out var known))
            return known;
        traced[value] = null;
        return traced[value] = Follow(value) ?? Begin(value);
    }

    /// <summary>Forgets what is known: arrays of places are large.</summary>
    public void Forget() => traced.Clear();

    private Movement? Begin(string value) =>
        SizesOf(value) is { } sizes && index.Constant(value) is null && sizes.Aggregate(1L, (product, size) => product * size) is > 0 and <= MaxElements ? Movement.Of(value, sizes) : null;

    private Movement? Follow(string value)
    {
        if (index.Producer(value) is not { } node || !Moves(node) || SizesOf(value) is not { } sizes || sizes.Aggregate(1L, (product, size) => product * size) is not (> 0 and <= MaxElements))
            return null;
        if (node.OpType == "Concat")
        {
            var parts = node.Input.Select(Of).ToArray();
            return parts.All(part => part is not null && part.Source == parts[0]!.Source) ? Movement.Joined(parts!, Axis(node.Int("axis", 0), sizes.Length)) : null;
        }

        if (Of(node.Input[0]) is not { } data)
            return null;
        var moved = node.OpType switch
        {
            "Transpose" => data.Transposed([.. (node.Ints("perm") ?? [.. Enumerable.Range(0, sizes.Length).Reverse().Select(axis => (long)axis)]).Select(axis => (int)axis)]),
            "Slice" => Sliced(node, data),
            "Split" => Part(node, data, value),
            "Gather" => Gathered(node, data),
            _ => data,
        };
        return moved is not null && moved.From.Length == sizes.Aggregate(1, (product, size) => product * size) ? moved.As(sizes) : null;
    }

    private Movement? Sliced(NodeProto node, Movement data)
    {
        var given = node.Input.Skip(1).Select(input => input.Length == 0 ? null : index.Constant(input)?.Longs()).ToArray();
        if (given is not [{ } starts, { } ends, ..] || (node.Input.Count > 3 && node.Input[3].Length > 0 && given[2] is null) || (node.Input.Count > 4 && given[3] is null))
            return null;
        var axes = given.Length > 2 && given[2] is { } listed ? listed : [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        var steps = given.Length > 3 && given[3] is { } walked ? walked : [.. starts.Select(_ => 1L)];
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = Axis(axes[i], data.Sizes.Length);
            var size = data.Sizes[axis];
            long At(long place) => place < 0 ? place + size : place;
            var first = steps[i] > 0 ? Math.Clamp(At(starts[i]), 0, size) : Math.Clamp(At(starts[i]), -1, size - 1);
            var last = ends[i] < -size ? (steps[i] > 0 ? 0 : -1) : Math.Clamp(At(ends[i]), steps[i] > 0 ? 0 : -1, size);
            var places = new List<int>();
            for (var place = first; steps[i] > 0 ? place < last : place > last; place += steps[i])
                places.Add((int)place);
            if (places.Count == 0)
                return null;
            data = data.Selected(axis, places);
        }

        return data;
    }

    private Movement? Part(NodeProto node, Movement data, string value)
    {
        var axis = Axis(node.Int("axis", 0), data.Sizes.Length);
        var (start, size) = (0, 0);
        foreach (var output in node.Output)
        {
            if (SizesOf(output) is not { } sizes)
                return null;
            size = sizes[axis];
            if (output == value)
                break;
            start += size;
        }

        return data.Selected(axis, [.. Enumerable.Range(start, size)]);
    }

    private Movement? Gathered(NodeProto node, Movement data)
    {
        var axis = Axis(node.Int("axis", 0), data.Sizes.Length);
        return index.Constant(node.Input[1])?.Longs() is { Length: > 0 } places && places.All(place => place >= -data.Sizes[axis] && place < data.Sizes[axis])
            ? data.Selected(axis, [.. places.Select(place => (int)(place < 0 ? place + data.Sizes[axis] : place))])
            : null;
    }

    private static int Axis(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}
