namespace Niwaki.Edge;

/// <summary>How many requests the model works on, and how many may wait.</summary>
internal sealed class Admission(int running, int waiting) : IDisposable
{
    private readonly SemaphoreSlim slots = new(running);
    private int inside;

    /// <summary>Requests that run or wait.</summary>
    public int Inside => Volatile.Read(ref inside);

    /// <summary>Whether the next one would be sent away.</summary>
    public bool IsFull => Inside >= running + waiting;

    /// <summary>Waits for a turn; <see langword="null"/> where too many wait already.</summary>
    public async ValueTask<Turn?> EnterAsync(CancellationToken cancel)
    {
        if (Interlocked.Increment(ref inside) > running + waiting)
        {
            Interlocked.Decrement(ref inside);
            return null;
        }

        try
        {
            await slots.WaitAsync(cancel);
            return new Turn(this);
        }
        catch
        {
            Interlocked.Decrement(ref inside);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => slots.Dispose();

    private void Leave()
    {
        slots.Release();
        Interlocked.Decrement(ref inside);
    }

    /// <summary>A request's turn.</summary>
    internal sealed class Turn(Admission admission) : IDisposable
    {
        private int left;

        /// <inheritdoc/>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
                admission.Leave();
        }
    }
}
