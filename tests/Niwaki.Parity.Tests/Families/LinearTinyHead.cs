namespace Niwaki.Parity.Tests;

internal sealed record LinearTinyHead : TinyHead
{
    public override Head Draw(Random random) => new LinearHead();
}
