namespace Niwaki.Parity.Tests;

internal sealed record FpnTinyHead : TinyHead
{
    public override Head Draw(Random random) => new FpnHead(random.Next(2, 13)) { FusedWidth = random.Next(2) * random.Next(2, 13) };
}
