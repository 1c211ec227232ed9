namespace Niwaki;

/// <summary>The reader that knows how wide the heads of each attention are.</summary>
internal sealed class HeadWidths : ShapeOps
{
    private readonly Dictionary<string, int> widths = new(StringComparer.Ordinal);

    public static HeadWidths Of(Architecture architecture, int height, int width)
    {
        var reader = new HeadWidths();
        architecture.Forward(reader, new Shape(1, 3, height, width));
        return reader;
    }

    /// <summary>Of the attention that a parameter belongs to by its name; 0 where there is none.</summary>
    public int this[string parameter]
    {
        get
        {
            for (var end = parameter.LastIndexOf('.'); end > 0; end = parameter.LastIndexOf('.', end - 1))
            {
                if (widths.TryGetValue(parameter[..end], out var width))
                    return width;
            }

            return 0;
        }
    }

    public override Shape Attention(Shape query, Shape key, Shape value, string name, AttentionOptions options)
    {
        widths[name] = query[^1] / options.Heads;
        return base.Attention(query, key, value, name, options);
    }

    public override Shape LinearAttention(Shape query, Shape key, Shape value, string name, int heads, double epsilon = 1e-5)
    {
        widths[name] = query[1] / heads;
        return base.LinearAttention(query, key, value, name, heads, epsilon);
    }
}
