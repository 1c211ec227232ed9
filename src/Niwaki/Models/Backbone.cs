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

    // x: [B, C, H, W]
    private protected static T TapImage<T>(IOps<T> op, T x, string name, FeatureKind kind)
    {
        var shape = op.ShapeOf(x);
        return op.Tap(x, new FeatureTap(In(name), FeatureLayout.Image, shape[2], shape[3]) { Kind = kind });
    }

    // grid: [B, H, W, C]
    private protected static T TapGrid<T>(IOps<T> op, T grid, string name, FeatureKind kind)
    {
        var shape = op.ShapeOf(grid);
        return op.Tap(grid, new FeatureTap(In(name), FeatureLayout.Grid, shape[1], shape[2]) { Kind = kind });
    }

    private protected static string In(string name) => $"{Architecture.BackboneName}.{name}";
}
