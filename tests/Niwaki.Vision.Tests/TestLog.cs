namespace Niwaki.Vision.Tests;

/// <summary>Keeps what a stage says.</summary>
internal sealed class TestLog : IStageLog
{
    public List<string> Lines { get; } = [];

    public Dictionary<string, double> Done { get; } = [];

    public void Say(string message) => Lines.Add(message);

    public void Progress(string work, double done, double total, string? detail = null) => Done[work] = done / total;
}
