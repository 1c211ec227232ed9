namespace Niwaki.Vision;

/// <summary>Keeps decoded pictures until a byte budget is full. Pictures are drawn evenly, so none deserves its place more than another and none is evicted.</summary>
public sealed class CachedSampleSet : ISampleSet
{
    private readonly ISampleSet inner;
    private readonly long budget;
    private readonly Sample?[] kept;
    private long used;

    /// <summary>An empty cache.</summary>
    /// <param name="inner">What is cached.</param>
    /// <param name="budget">Bytes of pixels and labels.</param>
    public CachedSampleSet(ISampleSet inner, Bytes budget)
    {
        (this.inner, this.budget) = (inner, budget.Value);
        kept = new Sample?[inner.Count];
    }

    /// <inheritdoc/>
    public int Count => kept.Length;

    /// <summary>Bytes that are kept.</summary>
    public Bytes Used => new(Interlocked.Read(ref used));

    /// <inheritdoc/>
    public Sample Load(int index)
    {
        if (Volatile.Read(ref kept[index]) is { } ready)
            return ready;
        var sample = inner.Load(index);
        long size = sample.Image.Pixels.Length + (sample.Labels?.Labels.Length ?? 0);
        if (Interlocked.Add(ref used, size) > budget || Interlocked.CompareExchange(ref kept[index], sample, null) is not null)
            Interlocked.Add(ref used, -size);
        return sample;
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> ClassPixels(int index) => Volatile.Read(ref kept[index])?.Labels is { } labels ? LabelCounts.Of(labels) : inner.ClassPixels(index);
}
