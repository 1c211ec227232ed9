namespace Niwaki.Vision.Tests;

/// <summary>Pictures by formula; counts how often each was loaded.</summary>
internal sealed class MemorySet(int count, Func<int, Sample> sample) : ISampleSet
{
    private int loads;

    public int Count => count;

    public int Loads => loads;

    public Sample Load(int index)
    {
        Interlocked.Increment(ref loads);
        return sample(index);
    }

    public IReadOnlyList<long> ClassPixels(int index) => LabelCounts.Of(sample(index).Labels!);

    /// <summary>Picture i is flat: every colour i, every label i.</summary>
    public static MemorySet Flat(int count) => new(count, i => new Sample($"{i}", Pictures.Flat(20, 10, (byte)i, (byte)i, (byte)i), Pictures.Labels(20, 10, (_, _) => i)));
}
