using System.Collections.Concurrent;

namespace Niwaki.Vision;

/// <summary>One split of the synthetic scenes, drawn on demand: each thread draws on a canvas of its own.</summary>
internal sealed class SyntheticSampleSet : ISampleSet
{
    private readonly SyntheticDataSource source;
    private readonly Split split;
    private readonly ConcurrentBag<SceneRenderer> idle = [];
    private readonly long[]?[] pixels;

    public SyntheticSampleSet(SyntheticDataSource source, Split split)
    {
        this.source = source;
        this.split = split;
        Count = split == Split.Train ? source.Train : source.Validation;
        pixels = new long[]?[Count];
    }

    public int Count { get; }

    public Sample Load(int index)
    {
        RequireIndex(index);
        var renderer = Rent();
        var (image, labels) = renderer.Render(RandomOf(index));
        idle.Add(renderer);
        return new Sample($"{(split == Split.Train ? "train" : "val")}-{index:D6}", image, labels);
    }

    public IReadOnlyList<long> ClassPixels(int index)
    {
        RequireIndex(index);
        if (Volatile.Read(ref pixels[index]) is { } known)
            return known;
        var renderer = Rent();
        var counts = renderer.ClassPixels(RandomOf(index));
        idle.Add(renderer);
        Volatile.Write(ref pixels[index], counts);
        return counts;
    }

    private SceneRandom RandomOf(int index) => SceneRandom.Of(source.Seed, (int)split, index);

    // one that throws is not handed back: its canvas is in no known state
    private SceneRenderer Rent() => idle.TryTake(out var renderer) ? renderer : new SceneRenderer(source.Width, source.Height);

    private void RequireIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}
