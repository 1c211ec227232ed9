namespace Niwaki.Parity.Tests;

/// <summary>Random tiny heads of one family: see <see cref="TinyBackbone"/>.</summary>
internal abstract record TinyHead
{
    /// <summary>One of the family, with widths and options drawn.</summary>
    public abstract Head Draw(Random random);
}
