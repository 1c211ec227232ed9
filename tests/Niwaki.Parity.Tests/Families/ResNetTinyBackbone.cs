namespace Niwaki.Parity.Tests;

internal sealed record ResNetTinyBackbone : TinyBackbone
{
    public override Backbone Draw(Random random)
    {
        int[] widths = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(3, 13))];
        int[] depths = [.. widths.Select(_ => random.Next(1, 3))];
        var stem = random.Next(2) == 0 ? widths[0] : random.Next(3, 10);
        return random.Next(2) == 0
            ? ResNetBackbone.Uniform(widths, depths, stem)
            : ResNetBackbone.Bottlenecks([.. widths.Select(width => 4 * width)], depths, stem);
    }
}
