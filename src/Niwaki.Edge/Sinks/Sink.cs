namespace Niwaki.Edge;

/// <summary>Where results go.</summary>
internal abstract class Sink : IAsyncDisposable
{
    /// <summary>As the user wrote it, without what is secret in it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it needs pictures at their own size.</summary>
    public virtual bool TakesPixels => false;

    /// <summary>Takes a result; what cannot be written at once waits in bounded memory.</summary>
    /// <exception cref="StageException">It could not be written.</exception>
    public abstract ValueTask WriteAsync(FrameResult result, CancellationToken cancel);

    /// <summary>Takes an alarm, and does not lose it.</summary>
    /// <param name="json">One JSON object.</param>
    public virtual void Raise(byte[] json)
    {
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>Says farewell.</summary>
    protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;
}
