namespace Niwaki;

/// <summary>Makes features of an image. One record for each family.</summary>
public abstract record Backbone
{
    /// <summary>The pyramid for dense prediction: images <c>[B, C_i, H/s_i, W/s_i]</c>, finest first. Parameters begin with <c>backbone.</c>.</summary>
    public abstract IReadOnlyList<T> Features<T>(IOps<T> op, T image);

    /// <summary>What classification reads: a vector <c>[B, C]</c>; two for a distilled DeiT (class and distillation token).</summary>
    public abstract IReadOnlyList<T> Vectors<T>(IOps<T> op, T image);

    /// <summary>How many maps <see cref="Features"/> gives.</summary>
    protected internal abstract int FeatureCount { get; }

    /// <summary>See <see cref="Architecture.Narrowed"/>.</summary>
    /// <param name="widths">The new widths of all layers that the forward has.</param>
    /// <param name="vectors">Whether the head reads <see cref="Vectors"/>, so that the layers only they need are there.</param>
    public abstract Backbone Narrowed(Widths widths, bool vectors);

    /// <summary>
    /// The same family with the depths and widths that a checkpoint shows, for networks that no preset has; null where its tensors do
    /// not tell enough.
    /// </summary>
    /// <param name="shapes">Tensors under our names, fused products taken apart.</param>
    /// <param name="heads">Attention heads of each stage, where something tells them; tensors often do not.</param>
    protected internal virtual Backbone? Fitted(IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads) => null;

    private protected static string In(string name) => $"{Architecture.BackboneName}.{name}";
}
