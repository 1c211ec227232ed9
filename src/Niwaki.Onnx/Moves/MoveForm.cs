namespace Niwaki.Onnx;

/// <summary>The fewest nodes that move data so: a reshape, a transpose between two reshapes, or a gather of rows between two reshapes.</summary>
/// <param name="Split">Sizes of the source before it is moved.</param>
internal abstract record MoveForm(int[] Split)
{
    /// <summary>Elements of a row below which a gather does not pay.</summary>
    private const int LeastRow = 16;

    /// <summary>How it can be written; <see langword="null"/> where no such form fits.</summary>
    /// <param name="movement">What goes where.</param>
    /// <param name="elements">Elements of the source.</param>
    public static MoveForm? Of(Movement movement, int elements) => (MoveForm?)Order(movement, elements) ?? Rows(movement, elements);

    private static TransposeMoveForm? Order(Movement movement, int elements)
    {
        var from = movement.From;
        if (from.Length != elements || from.Length == 0 || from[0] != 0)
            return null;
        // axes of the result from the innermost out: how many, and how far apart in the source
        var axes = new List<(int Size, int Stride)>();
        for (var block = 1; block < from.Length;)
        {
            var stride = from[block];
            var size = 2;
            while ((long)size * block < from.Length && from[size * block] == (long)size * stride)
                size++;
            while (from.Length % ((long)block * size) != 0)
                size--;
            if (size < 2)
                return null;
            axes.Add((size, stride));
            block *= size;
        }

        axes.Reverse();
        int[] bySource = [.. Enumerable.Range(0, axes.Count).OrderByDescending(axis => axes[axis].Stride)];
        int[] split = [.. bySource.Select(axis => axes[axis].Size)];
        int[] order = [.. Enumerable.Range(0, axes.Count).Select(axis => Array.IndexOf(bySource, axis))];
        return Movement.Of(movement.Source, split).Transposed(order).From.AsSpan().SequenceEqual(from) ? new TransposeMoveForm(split, order) : null;
    }

    private static GatherMoveForm? Rows(Movement movement, int elements)
    {
        var from = movement.From;
        var run = 1;
        while (run < from.Length && from[run] == from[0] + run)
            run++;
        var common = Gcd(from.Length, elements);
        for (var row = Math.Min(run, common); row >= LeastRow; row--)
        {
            if (common % row == 0 && AreRows(from, row))
                return new GatherMoveForm([elements / row, row], [.. Enumerable.Range(0, from.Length / row).Select(i => (long)from[i * row] / row)]);
        }

        return null;
    }

    private static bool AreRows(int[] from, int row)
    {
        for (var i = 0; i < from.Length; i += row)
        {
            if (from[i] % row != 0)
                return false;
            for (var j = 1; j < row; j++)
            {
                if (from[i + j] != from[i] + j)
                    return false;
            }
        }

        return true;
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
