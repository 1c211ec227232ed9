namespace Niwaki.Parity.Tests;

internal sealed record UperNetTinyHead : TinyHead
{
    public override Head Draw(Random random) => new UperNetHead(random.Next(2, 13)) { PoolScales = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 7))] };
}
