namespace Niwaki.Onnx;

/// <summary>Where each element of a value lies in the value that it was moved from.</summary>
/// <param name="Source">The value that nodes which only move data begin with.</param>
/// <param name="Sizes">Sizes of the moved value.</param>
/// <param name="From">For each element the place in the source, both in the order of memory.</param>
internal sealed record Movement(string Source, int[] Sizes, int[] From)
{
    /// <summary>A value as it is.</summary>
    public static Movement Of(string value, int[] sizes)
    {
        var from = new int[sizes.Aggregate(1, (product, size) => product * size)];
        for (var i = 0; i < from.Length; i++)
            from[i] = i;
        return new Movement(value, sizes, from);
    }

    /// <summary>The same elements under other sizes.</summary>
    public Movement As(int[] sizes) => this with { Sizes = sizes };

    /// <summary>Axes in another order: axis i of the result is axis <paramref name="order"/>[i].</summary>
    public Movement Transposed(IReadOnlyList<int> order)
    {
        var strides = Strides(Sizes);
        return Walk([.. order.Select(axis => Sizes[axis])], [.. order.Select(axis => strides[axis])]);
    }

    /// <summary>Some places of an axis.</summary>
    public Movement Selected(int axis, IReadOnlyList<int> places)
    {
        var inner = Sizes.Skip(axis + 1).Aggregate(1, (product, size) => product * size);
        var outer = Sizes.Take(axis).Aggregate(1, (product, size) => product * size);
        var from = new int[outer * places.Count * inner];
        for (var (o, at) = (0, 0); o < outer; o++)
        {
            foreach (var place in places)
            {
                From.AsSpan(((o * Sizes[axis]) + place) * inner, inner).CopyTo(from.AsSpan(at));
                at += inner;
            }
        }

        return new Movement(Source, [.. Sizes.Take(axis), places.Count, .. Sizes.Skip(axis + 1)], from);
    }

    /// <summary>Values behind each other along an axis.</summary>
    public static Movement Joined(IReadOnlyList<Movement> parts, int axis)
    {
        var inner = parts[0].Sizes.Skip(axis + 1).Aggregate(1, (product, size) => product * size);
        var outer = parts[0].Sizes.Take(axis).Aggregate(1, (product, size) => product * size);
        var total = parts.Sum(part => part.Sizes[axis]);
        var from = new int[outer * total * inner];
        for (var (o, at) = (0, 0); o < outer; o++)
        {
            foreach (var part in parts)
            {
                var run = part.Sizes[axis] * inner;
                part.From.AsSpan(o * run, run).CopyTo(from.AsSpan(at));
                at += run;
            }
        }

        return new Movement(parts[0].Source, [.. parts[0].Sizes.Take(axis), total, .. parts[0].Sizes.Skip(axis + 1)], from);
    }

    private Movement Walk(int[] sizes, int[] strides)
    {
        var from = new int[From.Length];
        var place = new int[sizes.Length];
        for (var (i, at) = (0, 0); i < from.Length; i++)
        {
            from[i] = From[at];
            for (var axis = sizes.Length - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++place[axis] < sizes[axis])
                    break;
                at -= strides[axis] * sizes[axis];
                place[axis] = 0;
            }
        }

        return new Movement(Source, sizes, from);
    }

    private static int[] Strides(int[] sizes)
    {
        var strides = new int[sizes.Length];
        for (var (axis, stride) = (sizes.Length - 1, 1); axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= sizes[axis];
        }

        return strides;
    }
}
