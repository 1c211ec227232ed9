namespace Niwaki.Parity.Tests;

internal sealed record MobileVitTinyBackbone : TinyBackbone
{
    public override Backbone Draw(Random random)
    {
        int[] channels = [.. Enumerable.Range(0, 5).Select(_ => random.Next(3, 13))];
        int[] widths = [.. Enumerable.Range(0, 3).Select(_ => 4 * random.Next(2, 4))];
        int[] depths = [.. Enumerable.Range(0, 3).Select(_ => random.Next(1, 3))];
        var backbone = MobileVitBackbone.Published(random.Next(3, 10), channels, widths, depths, random.Next(1, 4), random.Next(4, 20));
        return backbone.WithOutputStride(8 << random.Next(3));
    }
}
