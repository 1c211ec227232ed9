namespace Niwaki.Parity.Tests;

internal sealed record MitTinyBackbone : TinyBackbone
{
    public override Backbone Draw(Random random)
    {
        var stages = Enumerable.Range(0, random.Next(1, 4)).Select(i =>
        {
            var (heads, headWidth) = (random.Next(1, 4), 2 * random.Next(2, 5));
            return new MitStage(heads * headWidth, [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => new TransformerBlock(heads, headWidth, random.Next(2, 25)))])
            {
                Patch = (2 * random.Next(1, 4)) + 1,
                Stride = i == 0 ? 4 : random.Next(1, 3),
                Reduction = random.Next(1, i == 0 ? 5 : 3),
            };
        });
        return new MitBackbone([.. stages]) { QkvBias = random.Next(4) > 0, Epsilon = 1e-6 };
    }
}
