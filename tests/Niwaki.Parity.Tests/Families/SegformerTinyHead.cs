namespace Niwaki.Parity.Tests;

internal sealed record SegformerTinyHead : TinyHead
{
    public override Head Draw(Random random) => new SegformerHead(random.Next(2, 13)) { Form = (SegformerForm)random.Next(2) };
}
