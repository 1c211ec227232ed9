namespace Niwaki;

/// <summary>Makes logits of a backbone's features. One record for each family.</summary>
public abstract record Head
{
    /// <summary>Image to logits. Parameters of the head begin with <c>head.</c>.</summary>
    public abstract T Forward<T>(IOps<T> op, Backbone backbone, T image, int classes);

    /// <summary>See <see cref="Architecture.Narrowed"/>.</summary>
    public abstract Head Narrowed(Widths widths);

    private protected static string In(string name) => $"{Architecture.HeadName}.{name}";
}
