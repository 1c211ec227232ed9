namespace Niwaki.Parity.Tests;

internal sealed record VitTinyBackbone : TinyBackbone
{
    public override Backbone Draw(Random random)
    {
        var (heads, headWidth) = (random.Next(1, 4), 2 * random.Next(3, 6));
        var classToken = random.Next(4) > 0;
        var merges = random.Next(2) == 0;
        var blocks = Enumerable.Range(0, random.Next(1, 4)).Select(_ => new TransformerBlock(heads, headWidth, random.Next(2, 25))).ToArray();
        return new VitBackbone(heads * headWidth, [.. blocks])
        {
            Merged = merges ? [.. blocks.Select(_ => random.Next(0, 12))] : [],
            ProportionalAttention = random.Next(4) > 0,
            PatchSize = random.Next(4, 9),
            QkvBias = random.Next(4) > 0,
            ClassToken = classToken,
            DistillationToken = classToken && random.Next(2) == 0,
            PatchPositionsOnly = random.Next(4) == 0,
            MeanPooling = !classToken || random.Next(4) == 0,
        };
    }
}
