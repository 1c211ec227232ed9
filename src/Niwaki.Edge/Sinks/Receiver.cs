namespace Niwaki.Edge;

/// <summary>Somebody far away who may not answer.</summary>
internal abstract class Receiver : IAsyncDisposable
{
    /// <summary>The address without what is secret in it.</summary>
    public abstract string Name { get; }

    /// <summary>Sends, connecting first where that is needed; for an alarm it returns when the other side has it.</summary>
    /// <exception cref="IOException">It did not arrive; it can be tried again.</exception>
    public abstract Task SendAsync(byte[] json, bool alarm, CancellationToken cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>Says farewell.</summary>
    protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;
}
