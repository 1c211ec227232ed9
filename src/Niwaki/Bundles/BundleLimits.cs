namespace Niwaki;

/// <summary>How large a bundle may be. They hold before a signature is known to be good, and for unsigned bundles.</summary>
public sealed record BundleLimits
{
    /// <summary>Most files.</summary>
    public int Entries { get; init; } = 4096;

    /// <summary>Largest file. The largest thing in a bundle is a model.</summary>
    public Bytes Entry { get; init; } = new(1L << 30);

    /// <summary>Most bytes unpacked.</summary>
    public Bytes Total { get; init; } = new(2L << 30);

    /// <summary>Most bytes unpacked for one byte of the archive. Programs and models pack at most 5 : 1; deflate can reach 1000 : 1.</summary>
    public int Ratio { get; init; } = 100;

    /// <summary>Largest manifest.</summary>
    public Bytes Manifest { get; init; } = new(8L << 20);
}
