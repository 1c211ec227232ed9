namespace Niwaki.Edge;

/// <summary>The sinks of a command, all of them closed at its end.</summary>
internal sealed class SinkSet : IAsyncDisposable
{
    private readonly List<Sink> sinks = [];

    /// <exception cref="StageException">One of them is none, or cannot be written.</exception>
    public SinkSet(IEnumerable<string> texts, SinkOptions options)
    {
        foreach (var text in texts)
            sinks.Add(options.Open(text));
    }

    /// <summary>In the order of the command line.</summary>
    public IReadOnlyList<Sink> Sinks => sinks;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var sink in sinks)
            await sink.DisposeAsync();
    }
}
