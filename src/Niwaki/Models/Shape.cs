namespace Niwaki;

/// <summary>The dimensions of a value. Axis 0 is the batch (windows are folded into it).</summary>
public sealed record Shape(ValueList<int> Dimensions)
{
    /// <summary>From its dimensions.</summary>
    public Shape(params ReadOnlySpan<int> dimensions)
        : this(new ValueList<int>(dimensions.ToArray()))
    {
    }

    /// <summary>Number of axes.</summary>
    public int Rank => Dimensions.Count;

    /// <summary>Product of all dimensions.</summary>
    public long Elements => Dimensions.Aggregate(1L, (product, size) => product * size);

    /// <summary>One dimension; from the end with <c>^1</c>.</summary>
    public int this[Index axis] => Dimensions[axis.GetOffset(Rank)];

    /// <summary>The same shape with one dimension changed.</summary>
    public Shape With(Index axis, int size)
    {
        var dimensions = Dimensions.ToArray();
        dimensions[axis.GetOffset(Rank)] = size;
        return new Shape(dimensions);
    }

    /// <inheritdoc/>
    public override string ToString() => Dimensions.ToString();
}
