namespace Niwaki.Parity.Tests;

/// <summary>The picture itself, so that a head can be one operation.</summary>
internal sealed record ImageBackbone : Backbone
{
    protected internal override int FeatureCount => 1;

    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image) => [image];

    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image) => [op.GlobalAveragePool(image)];

    public override Backbone Narrowed(Widths widths, bool vectors) => this;
}
