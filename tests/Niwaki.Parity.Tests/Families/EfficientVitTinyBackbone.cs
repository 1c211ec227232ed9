namespace Niwaki.Parity.Tests;

internal sealed record EfficientVitTinyBackbone : TinyBackbone
{
    public override Backbone Draw(Random random)
    {
        var attending = random.Next(0, 3);
        var stages = Enumerable.Range(0, random.Next(1, 4)).Select(i =>
        {
            var attends = i >= attending;
            var heads = random.Next(1, 4);
            return new EfficientVitStage(random.Next(3, 13), random.Next(2, 17), [.. Enumerable.Range(0, random.Next(0, 3)).Select(_ => new EfficientVitBlock(random.Next(2, 17)) { Heads = attends ? heads : 0 })])
            {
                Attends = attends,
                HeadWidth = random.Next(2, 5),
                Scales = [.. Enumerable.Range(0, random.Next(0, 3)).Select(_ => (2 * random.Next(1, 3)) + 1)],
            };
        });
        return new EfficientVitBackbone(random.Next(3, 9), random.Next(0, 3), [.. stages]) { FinalWidth = random.Next(4, 17), HiddenWidth = random.Next(4, 17) };
    }
}
