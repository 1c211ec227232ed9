namespace Niwaki;

/// <summary>A tensor as a checkpoint describes it: a view of a storage, checked to lie inside of it.</summary>
internal sealed record TorchTensor
{
    private const int MaxRank = 64;

    private TorchTensor(TorchStorage storage, ElementType type, long offset, int[] sizes, long[] strides) =>
        (Storage, Type, Offset, Sizes, Strides) = (storage, type, offset, sizes, strides);

    public TorchStorage Storage { get; }

    public ElementType Type { get; }

    /// <summary>First element, in elements of <see cref="Type"/> from the storage's begin.</summary>
    public long Offset { get; }

    public int[] Sizes { get; }

    public long[] Strides { get; }

    public long Count => Sizes.Aggregate(1L, (product, size) => product * size);

    /// <summary>Whether its elements lie one after another.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (var axis = Sizes.Length - 1; axis >= 0; axis--)
            {
                if (Sizes[axis] != 1 && Strides[axis] != expected)
                    return false;
                expected *= Sizes[axis];
            }

            return true;
        }
    }

    /// <returns>The tensor, or in words why it cannot be.</returns>
    public static (TorchTensor? Tensor, string? Problem) Of(TorchStorage storage, ElementType? given, object? offset, object? sizes, object? strides)
    {
        if (given is not { } type)
            return (null, "has no element type");
        if (offset is not long start || Numbers(sizes) is not { } size || Numbers(strides) is not { } stride || size.Length != stride.Length)
            return (null, "has sizes, strides or an offset that are no numbers or do not belong together");
        var elements = storage.Type is null ? storage.Count / Elements.Size(type) : storage.Count;
        if (start < 0 || size.Any(each => each is < 0 or > int.MaxValue) || stride.Any(each => each < 0))
            return (null, $"has negative or impossible sizes [{string.Join(", ", size)}], strides [{string.Join(", ", stride)}] or offset {start}");
        Int128 count = 1;
        Int128 last = start + storage.Offset;
        for (var axis = 0; axis < size.Length; axis++)
        {
            count *= size[axis];
            last += (Int128)Math.Max(0, size[axis] - 1) * stride[axis];
            if (count > Array.MaxLength)
                return (null, $"has the shape [{string.Join(", ", size)}], more elements than one tensor may have here ({Array.MaxLength})");
        }

        return count > 0 && last >= elements
            ? (null, $"of shape [{string.Join(", ", size)}], strides [{string.Join(", ", stride)}] and offset {start} reaches beyond its storage of {elements} elements")
            : (new TorchTensor(storage, type, start + storage.Offset, [.. size.Select(each => (int)each)], stride), null);
    }

    private static long[]? Numbers(object? value) =>
        value is IReadOnlyList<object?> { Count: <= MaxRank } items && items.All(item => item is long) ? [.. items.Select(item => (long)item!)] : null;
}
