namespace Niwaki.Tests;

/// <summary>Keeps what stages say, and can act on it.</summary>
internal sealed class HeardLog : IStageLog
{
    public List<string> Lines { get; } = [];

    public Action<double>? OnProgress { get; init; }

    public int Count(string part) => Lines.Count(line => line.Contains(part, StringComparison.Ordinal));

    public void Say(string message) => Lines.Add(message);

    public void Progress(string work, double done, double total, string? detail = null) => OnProgress?.Invoke(done);
}
