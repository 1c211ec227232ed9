using System.Collections.Concurrent;

namespace Niwaki.Vision;

/// <summary>One split of the synthetic scenes. Scenes are kept once drawn, as far as a fixed amount of memory allows.</summary>
internal sealed class SyntheticSampleSet : ISampleSet
{
    private const long MostKept = 256L << 20;

    private readonly SyntheticDataSource source;
    private readonly Split split;
    private readonly ConcurrentBag<SceneRenderer> idle = [];
    private readonly (RgbImage Image, LabelMap Labels)?[] kept;
    private readonly long[]?[] pixels;

    public SyntheticSampleSet(SyntheticDataSource source, Split split)
    {
        this.source = source;
        this.split = split;
        Count = split == Split.Train ? source.Train : source.Validation;
        kept = new (RgbImage, LabelMap)?[(int)Math.Min(Count, MostKept / (4L * source.Width * source.Height))];
        pixels = new long[]?[Count];
    }

    public int Count { get; }

    public Sample Load(int index)
    {
        var (image, labels) = Draw(index);
        // copies: a consumer may work in place
        return new Sample(NameOf(index), image with { Pixels = [.. image.Pixels] }, labels with { Labels = [.. labels.Labels] });
    }

    public IReadOnlyList<long> ClassPixels(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Volatile.Read(ref pixels[index]) ?? (pixels[index] = Rented(renderer => renderer.ClassPixels(RandomOf(index))));
    }

    private string NameOf(int index) => $"{(split == Split.Train ? "train" : "val")}-{index:D6}";

    private (RgbImage Image, LabelMap Labels) Draw(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (index >= kept.Length)
            return Rented(renderer => renderer.Render(RandomOf(index)));
        lock (kept)
        {
            if (kept[index] is { } known)
                return known;
        }

        var drawn = Rented(renderer => renderer.Render(RandomOf(index)));
        lock (kept)
            kept[index] = drawn;
        return drawn;
    }

    private SceneRandom RandomOf(int index) => SceneRandom.Of(source.Seed, (int)split, index);

    private T Rented<T>(Func<SceneRenderer, T> draw)
    {
        if (!idle.TryTake(out var renderer))
            renderer = new SceneRenderer(source.Width, source.Height);
        var result = draw(renderer);
        idle.Add(renderer);
        return result;
    }
}
