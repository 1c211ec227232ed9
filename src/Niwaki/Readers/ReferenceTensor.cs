namespace Niwaki;

/// <summary>A value of <see cref="ReferenceOps"/>.</summary>
public sealed class ReferenceTensor
{
    private readonly int second;
    private readonly int third;
    private readonly int fourth;

    /// <summary>From its numbers, row by row.</summary>
    public ReferenceTensor(Shape shape, double[] values)
    {
        if (shape.Elements != values.Length)
            throw new ArgumentException($"{values.Length} numbers do not fill {shape}.", nameof(values));
        Shape = shape;
        Values = values;
        (second, third, fourth) = (Axis(1), Axis(2), Axis(3));

        int Axis(int index) => index < shape.Rank ? shape[index] : 1;
    }

    /// <summary>A copy of a weight or of an image.</summary>
    public ReferenceTensor(Weight weight)
        : this(weight.Shape, Array.ConvertAll(weight.Values, value => (double)value))
    {
    }

    /// <summary>Zeros.</summary>
    public ReferenceTensor(Shape shape)
        : this(shape, new double[shape.Elements])
    {
    }

    /// <summary>Its dimensions.</summary>
    public Shape Shape { get; }

    /// <summary>Row by row.</summary>
    public double[] Values { get; }

    /// <summary>A number of a value of rank 3.</summary>
    public double this[int i, int j, int k]
    {
        get => Values[(((i * second) + j) * third) + k];
        set => Values[(((i * second) + j) * third) + k] = value;
    }

    /// <summary>A number of a value of rank 4.</summary>
    public double this[int i, int j, int k, int l]
    {
        get => Values[(((((i * second) + j) * third) + k) * fourth) + l];
        set => Values[(((((i * second) + j) * third) + k) * fourth) + l] = value;
    }

    /// <summary>The same numbers under another shape.</summary>
    public ReferenceTensor As(params ReadOnlySpan<int> dimensions) => new(new Shape(dimensions), Values);
}
