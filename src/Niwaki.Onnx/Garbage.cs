namespace Niwaki.Onnx;

/// <summary>
/// Large arrays that are done with. The collector knows nothing of the engine's copies of the weights and lets gigabytes of its own wait: a
/// graph of 2.3 GB took 17 GB where 8 are enough.
/// </summary>
internal static class Garbage
{
    // a collection takes milliseconds, as there are few objects
    private const long Worth = 512L << 20;
    private static long left;

    /// <summary>Says that arrays of so many bytes are no longer needed; they go when enough have come together.</summary>
    public static void Left(long bytes)
    {
        if (Interlocked.Add(ref left, bytes) < Worth)
            return;
        Interlocked.Exchange(ref left, 0);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
    }
}
