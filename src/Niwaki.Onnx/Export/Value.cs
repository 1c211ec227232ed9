namespace Niwaki.Onnx;

/// <summary>
/// A value of the graph that is being written. Which shape the tensor has in the graph is decided late: tokens stay flat
/// <c>[rows, C]</c> from product to product and are only reshaped where an operator needs it.
/// </summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Shape">What the architecture sees, for a batch of 1.</param>
/// <param name="Stored">What the graph holds, for a batch of 1: the same elements, other dimensions. Axis 0 grows with the batch.</param>
/// <param name="Layer">The layer that it belongs to; names what is made of it.</param>
internal sealed record Value(string Name, Shape Shape, Shape Stored, string Layer)
{
    /// <summary>The order of the stored rows, where it differs from the order of <see cref="Shape"/>.</summary>
    public RowOrder? Rows { get; init; }

    /// <summary>A LayerNorm that has not been written yet, so that its input can be reordered instead of its output.</summary>
    public PendingNorm? Pending { get; init; }

    /// <summary>What is still to be added to each row, one number a channel, where it has not been written yet so that the next layer can take it into its bias.</summary>
    public float[]? Shift { get; init; }

    /// <summary>Vectors of length C in one picture.</summary>
    public int RowCount => (int)(Shape.Elements / Shape[^1]);
}

/// <summary>A LayerNorm that waits for the order of its rows.</summary>
/// <param name="Input">What it normalises.</param>
/// <param name="Name">The layer.</param>
/// <param name="Epsilon">Added to the variance.</param>
internal sealed record PendingNorm(Value Input, string Name, double Epsilon);
