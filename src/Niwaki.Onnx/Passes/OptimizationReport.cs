namespace Niwaki.Onnx;

/// <summary>What was done to a graph.</summary>
/// <param name="NodesBefore">Nodes as it came.</param>
/// <param name="NodesAfter">Nodes as it went.</param>
/// <param name="Opset">The operator set that it is written in.</param>
/// <param name="Passes">What each pass did.</param>
/// <param name="Way">Which of the ways that were measured was kept.</param>
public sealed record OptimizationReport(int NodesBefore, int NodesAfter, int Opset, ValueList<PassOutcome> Passes, string Way)
{
    /// <summary>Why nothing could be proved; absent where it could.</summary>
    public string? NotProved { get; init; }
}
