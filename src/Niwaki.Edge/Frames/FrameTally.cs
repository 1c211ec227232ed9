namespace Niwaki.Edge;

/// <summary>What became of the frames of a source.</summary>
internal sealed class FrameTally
{
    private readonly Lock sync = new();
    private long dropped;

    /// <summary>Labelled.</summary>
    public long Labelled { get; private set; }

    /// <summary>Could not be decoded or labelled.</summary>
    public long Failed { get; private set; }

    /// <summary>Results that a sink could not write.</summary>
    public long Unwritten { get; private set; }

    /// <summary>Came too fast.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>Where the time of all frames went.</summary>
    public FrameTiming Timing { get; private set; }

    public void Add(FrameTiming timing)
    {
        lock (sync)
        {
            Labelled++;
            Timing += timing;
        }
    }

    public void Fail() => Failed++;

    public void Drop() => Interlocked.Increment(ref dropped);

    /// <summary>Counts; whether it is worth a line (a full disk would give one for each frame).</summary>
    public bool FailToWrite() => System.Numerics.BitOperations.IsPow2(++Unwritten);
}
