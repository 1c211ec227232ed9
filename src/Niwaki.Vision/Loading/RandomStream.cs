namespace Niwaki.Vision;

/// <summary>
/// Random numbers that depend on a seed and a stream's number only, the same on every platform and version
/// (SplitMix64: Steele, Lea, Flood 2014). A mutable value: pass it by reference.
/// </summary>
internal struct RandomStream
{
    private ulong state;

    public RandomStream(int seed, long stream) => state = Mix(Mix((uint)seed + 0x9E3779B97F4A7C15UL) ^ (ulong)stream * 0xD1B54A32D192ED03UL);

    public ulong Next() => Mix(state += 0x9E3779B97F4A7C15UL);

    /// <summary>0 inclusive to 1 exclusive.</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    public double Uniform(double from, double to) => from + (to - from) * Uniform();

    /// <summary>0 inclusive to <paramref name="count"/> exclusive.</summary>
    public long Below(long count) => (long)Math.BigMul(Next(), (ulong)count, out _);

    public bool Chance(double probability) => Uniform() < probability;

    private static ulong Mix(ulong z)
    {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ z >> 27) * 0x94D049BB133111EBUL;
        return z ^ z >> 31;
    }
}
