namespace Niwaki;

/// <summary>The reader that only asks which windows attend: a table of biases does not tell its two sides.</summary>
internal sealed class WindowSizes : ShapeOps
{
    private readonly Dictionary<string, (int Rows, int Columns)> tables = new(StringComparer.Ordinal);

    /// <summary>Rows and columns of the table of every attention that has one, by the attention's name.</summary>
    public static IReadOnlyDictionary<string, (int Rows, int Columns)> Of(Architecture architecture, int height, int width)
    {
        var reader = new WindowSizes();
        architecture.Forward(reader, new Shape(1, 3, height, width));
        return reader.tables;
    }

    /// <inheritdoc/>
    public override Shape Attention(Shape query, Shape key, Shape value, string name, AttentionOptions options)
    {
        if (options.Windows is { } windows)
            tables[name] = ((2 * windows.WindowHeight) - 1, (2 * windows.WindowWidth) - 1);
        return base.Attention(query, key, value, name, options);
    }
}
