namespace Niwaki.Parity.Tests;

internal sealed record MobileVitV2TinyBackbone : TinyBackbone
{
    public override Backbone Draw(Random random)
    {
        int[] channels = [.. Enumerable.Range(0, 5).Select(_ => random.Next(3, 21))];
        int[] depths = [.. Enumerable.Range(0, 3).Select(_ => random.Next(1, 3))];
        return MobileVitV2Backbone.Published(random.Next(3, 10), channels, depths, random.Next(1, 4));
    }
}
