namespace Niwaki.Parity.Tests;

internal sealed record TinyVitTinyBackbone : TinyBackbone
{
    public override Backbone Draw(Random random)
    {
        var stages = Enumerable.Range(0, random.Next(0, 3)).Select(_ =>
        {
            var (heads, headWidth) = (random.Next(1, 4), 2 * random.Next(2, 5));
            var blocks = Enumerable.Range(0, random.Next(1, 3)).Select(_ => new TransformerBlock(heads, headWidth, random.Next(2, 25)));
            return new TinyVitStage(random.Next(3, 17), heads * headWidth, random.Next(2, 8), [.. blocks]) { LocalKernel = (2 * random.Next(0, 3)) + 1 };
        });
        return new TinyVitBackbone(random.Next(3, 9), random.Next(4, 13), [.. Enumerable.Range(0, random.Next(0, 3)).Select(_ => random.Next(3, 17))], [.. stages]);
    }
}
