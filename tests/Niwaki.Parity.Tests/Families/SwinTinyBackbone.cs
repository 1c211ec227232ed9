namespace Niwaki.Parity.Tests;

internal sealed record SwinTinyBackbone : TinyBackbone
{
    public override Backbone Draw(Random random)
    {
        var stages = Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        {
            var (heads, headWidth) = (random.Next(1, 4), 2 * random.Next(3, 5));
            var window = random.Next(2, 6);
            return new SwinStage(heads * headWidth, [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => new SwinBlock(heads, headWidth, random.Next(2, 25), window))])
            {
                QkvBias = random.Next(4) > 0,
            };
        });
        return new SwinBackbone([.. stages])
        {
            PatchSize = random.Next(2, 5),
            PadPatches = random.Next(2) == 0,
            Windowing = (SwinWindowing)random.Next(4),
            NormalizeFeatures = random.Next(2) == 0,
            NormalizePatches = random.Next(2) == 0,
        };
    }
}
