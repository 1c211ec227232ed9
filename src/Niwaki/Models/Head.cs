namespace Niwaki;

/// <summary>Makes logits of a backbone's features. One record for each family.</summary>
public abstract record Head
{
    /// <summary>Features to logits. Parameters of the head begin with <c>head.</c>.</summary>
    /// <param name="op">The reader.</param>
    /// <param name="features">The backbone's <see cref="Backbone.Vectors"/> where the head reads these, else its <see cref="Backbone.Features"/>.</param>
    /// <param name="classes">Number of classes.</param>
    public abstract T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes);

    /// <summary>Whether it reads <see cref="Backbone.Vectors"/> and not <see cref="Backbone.Features"/>.</summary>
    protected internal abstract bool ReadsVectors { get; }

    /// <summary>See <see cref="Architecture.Narrowed"/>.</summary>
    /// <param name="widths">The new widths of all layers that the forward has.</param>
    /// <param name="features">How many maps the backbone gives.</param>
    public abstract Head Narrowed(Widths widths, int features);

    private protected static string In(string name) => $"{Architecture.HeadName}.{name}";
}
