namespace Niwaki.Onnx;

/// <summary>What a search tried and measured: <c>search.json</c>.</summary>
/// <param name="Float">The float graph on the judged pictures.</param>
/// <param name="Final">The graph that came out.</param>
/// <param name="FloatTime">Of the float graph, as it came, for one picture.</param>
/// <param name="FinalTime">Of the graph that came out, in turns with the float graph.</param>
public sealed record SearchReport(Fidelity Float, Fidelity Final, TimeSpan FloatTime, TimeSpan FinalTime)
{
    /// <summary>Threads that the times are for.</summary>
    public int Threads { get; init; }

    /// <summary>The drop in points: of the mean IoU, or of labels as in float.</summary>
    public double Drop { get; init; }

    /// <summary>Most drop that was allowed.</summary>
    public double MaxDrop { get; init; }

    /// <summary>Whether nothing in 8 bits was faster and close enough, so that the float graph came out as it was.</summary>
    public bool KeptFloat { get; init; }

    /// <summary>What was tried, in order.</summary>
    public ValueList<SearchTry> Tries { get; init; } = [];

    /// <summary>Parts of the graph timed by themselves.</summary>
    public ValueList<BlockTime> Blocks { get; init; } = [];

    /// <summary>How far the result is from float when this layer alone has 8 bits; only where layers had to be returned to float.</summary>
    public ValueList<LayerSensitivity> Sensitivities { get; init; } = [];

    /// <summary>Layers that were returned to float, and why.</summary>
    public ValueList<KeptNode> Returned { get; init; } = [];

    /// <summary>A report of the quantization with what the search knows of each node.</summary>
    internal QuantizationReport Explain(QuantizationReport report)
    {
        var reasons = Returned.GroupBy(node => node.Node, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Last().Reason, StringComparer.Ordinal);
        var times = Blocks.SelectMany(block => block.Nodes.Select(node => (node, block))).GroupBy(each => each.node, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().block, StringComparer.Ordinal);
        var noise = Sensitivities.ToDictionary(layer => layer.Node, layer => layer.Result.SignalToNoise, StringComparer.Ordinal);
        return report with
        {
            Nodes = [.. report.Nodes.Select(node => node with
            {
                Reason = !node.Int8 && reasons.TryGetValue(node.Node, out var reason) ? reason : node.Reason,
                FloatTime = times.GetValueOrDefault(node.Node)?.Float,
                Int8Time = times.GetValueOrDefault(node.Node)?.Int8,
                AloneSignalToNoise = noise.GetValueOrDefault(node.Node),
            })],
        };
    }
}
