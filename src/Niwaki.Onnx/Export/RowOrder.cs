namespace Niwaki.Onnx;

/// <summary>An order of the rows of one picture: place <c>i</c> holds row <c>Rows[i]</c>; -1 is a row of zeros.</summary>
internal sealed class RowOrder(int[] rows) : IEquatable<RowOrder>
{
    /// <summary>Row by place.</summary>
    public IReadOnlyList<int> Rows => rows;

    /// <summary>Whether some places are padding.</summary>
    public bool Padded { get; } = rows.Contains(-1);

    /// <summary>Whether every row is at its own place.</summary>
    public bool Identity { get; } = rows.Select((row, place) => row == place).All(same => same);

    /// <summary>Every row at its own place.</summary>
    public static RowOrder Own(int count) => new([.. Enumerable.Range(0, count)]);

    /// <summary>Row by row through the windows: padding, roll and partition in one.</summary>
    public static RowOrder Windows(WindowLayout layout)
    {
        var rows = new int[layout.Count * layout.Area];
        var across = layout.PaddedWidth / layout.WindowWidth;
        var (height, width) = layout.RollBeforePad ? (layout.Height, layout.Width) : (layout.PaddedHeight, layout.PaddedWidth);
        for (var place = 0; place < rows.Length; place++)
        {
            var (window, token) = (place / layout.Area, place % layout.Area);
            var y = (window / across * layout.WindowHeight) + (token / layout.WindowWidth);
            var x = (window % across * layout.WindowWidth) + (token % layout.WindowWidth);
            var inside = y < height && x < width;
            (y, x) = ((y + layout.ShiftHeight) % height, (x + layout.ShiftWidth) % width);
            rows[place] = inside && y < layout.Height && x < layout.Width ? (y * layout.Width) + x : -1;
        }

        return new RowOrder(rows);
    }

    /// <summary>Four neighbours after each other, in the order of <see cref="IOps{T}.MergePatches"/>.</summary>
    public static RowOrder Patches(int height, int width)
    {
        var (coarseHeight, coarseWidth) = ((height + 1) / 2, (width + 1) / 2);
        var rows = new int[coarseHeight * coarseWidth * 4];
        for (var place = 0; place < rows.Length; place++)
        {
            var y = (place / 4 / coarseWidth * 2) + (place % 2);
            var x = (place / 4 % coarseWidth * 2) + (place % 4 / 2);
            rows[place] = y < height && x < width ? (y * width) + x : -1;
        }

        return new RowOrder(rows);
    }

    /// <summary>Which stored place each row of this order is read from.</summary>
    /// <param name="stored">The order of the stored rows; none is their own.</param>
    /// <param name="padding">What stands for a row of zeros.</param>
    public long[] From(RowOrder? stored, int padding)
    {
        var places = stored?.Places(rows.Length);
        return [.. rows.Select(row => row < 0 ? padding : places is null ? row : (long)places[row])];
    }

    /// <summary>For each of <paramref name="count"/> rows its place: the order that undoes this one, without its padding.</summary>
    public int[] Places(int count)
    {
        var places = new int[count];
        for (var place = 0; place < rows.Length; place++)
        {
            if (rows[place] >= 0)
                places[rows[place]] = place;
        }

        return places;
    }

    /// <inheritdoc/>
    public bool Equals(RowOrder? other) => other is not null && (ReferenceEquals(this, other) || rows.AsSpan().SequenceEqual(other.Rows as int[]));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RowOrder);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(rows.Length, rows[0], rows[^1], rows[rows.Length / 2]);
}
