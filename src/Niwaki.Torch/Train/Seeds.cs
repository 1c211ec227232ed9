namespace Niwaki.Torch;

/// <summary>Independent seeds from one.</summary>
internal static class Seeds
{
    /// <summary>SplitMix64 over both numbers.</summary>
    public static long Of(int seed, long index)
    {
        var z = unchecked(((ulong)(uint)seed * 0xD1342543DE82EF95UL) + ((ulong)index * 0x9E3779B97F4A7C15UL) + 0x9E3779B97F4A7C15UL);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return (long)((z ^ (z >> 31)) >> 1);
    }
}
