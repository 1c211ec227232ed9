namespace Niwaki.Parity.Tests;

internal sealed record DeepLabV3TinyHead : TinyHead
{
    public override Head Draw(Random random) => new DeepLabV3Head(random.Next(2, 13)) { Rates = [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(1, 9))] };
}
