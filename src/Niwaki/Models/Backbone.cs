namespace Niwaki;

/// <summary>Makes features of an image. One record for each family.</summary>
public abstract record Backbone
{
    /// <summary>The pyramid for dense prediction: images <c>[B, C_i, H/s_i, W/s_i]</c>, finest first. Parameters begin with <c>backbone.</c>.</summary>
    public abstract IReadOnlyList<T> Features<T>(IOps<T> op, T image);

    /// <summary>What classification reads: a vector <c>[B, C]</c>; two for a distilled DeiT (class and distillation token).</summary>
    public abstract IReadOnlyList<T> Vectors<T>(IOps<T> op, T image);

    /// <summary>See <see cref="Architecture.Narrowed"/>.</summary>
    public abstract Backbone Narrowed(Widths widths);

    private protected static string In(string name) => $"{Architecture.BackboneName}.{name}";
}
