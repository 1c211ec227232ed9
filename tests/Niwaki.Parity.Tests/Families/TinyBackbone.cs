namespace Niwaki.Parity.Tests;

/// <summary>
/// Random tiny backbones of one family, for properties that must hold for all of them. Found by the <see cref="Catalog"/>: to include a
/// family is to add a record whose name is the family's with <c>Tiny</c> in it (<c>SwinTinyBackbone</c> draws <c>SwinBackbone</c>s).
/// </summary>
internal abstract record TinyBackbone
{
    /// <summary>One of the family, with widths, depths and options drawn.</summary>
    public abstract Backbone Draw(Random random);

    /// <summary>A side of the pictures; odd ones too, so that padding, resizing and cut-off patches occur.</summary>
    public virtual int DrawSide(Random random) => random.Next(33, 72);
}
