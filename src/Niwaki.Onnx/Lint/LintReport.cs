namespace Niwaki.Onnx;

/// <summary>What a device's runtime makes of a graph.</summary>
/// <param name="File">The graph.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Runtime">Name of its runtime.</param>
/// <param name="Opset">The operator set that the graph is written in.</param>
/// <param name="Nodes">How many nodes it has.</param>
/// <param name="Weights">Bytes of its constants.</param>
/// <param name="Activations">The most bytes that are needed at once for what it computes, for one picture; absent where sizes are not known.</param>
/// <param name="Findings">What was found, problems first.</param>
public sealed record LintReport(string File, string Device, string Runtime, int Opset, int Nodes, Bytes Weights, Bytes? Activations, ValueList<LintFinding> Findings)
{
    /// <summary>The latency there, which is predicted and not measured; absent where something stands in the way.</summary>
    public LatencyPrediction? Predicted { get; init; }

    /// <summary>Whether nothing stands in the way.</summary>
    public bool Clean => Findings.All(finding => finding.Severity != LintSeverity.Problem);
}
