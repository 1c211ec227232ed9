namespace Niwaki;

/// <summary>A layer of a separable attention that holds q, k and v one above the other: q has one row, k and v share the rest.</summary>
internal static class SeparableRows
{
    /// <summary>The three parts, whose letters take the place of the star.</summary>
    public static (string Name, Weight Weight)[] Of(string name, Weight weight)
    {
        var row = weight.Values.Length / weight.Shape[0];
        var further = (weight.Shape[0] - 1) / 2;
        return [.. new[] { ('q', 0, 1), ('k', 1, further), ('v', 1 + further, further) }.Select(part =>
        {
            var (letter, first, rows) = part;
            return (name.Replace('*', letter), new Weight(weight.Shape.With(0, rows), weight.Values.AsSpan(first * row, rows * row).ToArray()));
        })];
    }
}
