namespace Niwaki.Parity.Tests;

internal sealed record SwinV2TinyBackbone : TinyBackbone
{
    public override Backbone Draw(Random random)
    {
        var stages = Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        {
            var (heads, headWidth) = (random.Next(1, 4), 2 * random.Next(3, 5));
            var (window, across) = (random.Next(2, 6), random.Next(3) == 0 ? random.Next(2, 6) : 0);
            return new SwinV2Stage(heads * headWidth, [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => new SwinBlock(heads, headWidth, random.Next(2, 25), window) { WindowWidth = across })])
            {
                QkvBias = random.Next(4) > 0,
                PretrainedWindow = random.Next(2) * random.Next(2, 7),
            };
        });
        return new SwinV2Backbone([.. stages])
        {
            PatchSize = random.Next(2, 5),
            PadPatches = random.Next(2) == 0,
            Windowing = (SwinWindowing)random.Next(4),
            PositionHiddenWidth = random.Next(1, 9),
            NormalizeFeatures = random.Next(2) == 0,
            NormalizePatches = random.Next(2) == 0,
        };
    }
}
