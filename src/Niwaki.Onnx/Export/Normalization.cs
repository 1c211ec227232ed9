namespace Niwaki.Onnx;

/// <summary>LayerNorm over the last axis.</summary>
internal static class Normalization
{
    private const int LayerNormOpset = 17;

    /// <summary>Writes it as one operator, or below opset 17 as the nodes that runtimes recognise and fuse.</summary>
    public static string Write(GraphWriter graph, string value, string gain, string offset, double epsilon, string name)
    {
        if (graph.Opset >= LayerNormOpset)
            return graph.Node("LayerNormalization", name, [value, gain, offset], ("axis", -1), ("epsilon", (float)epsilon));
        var mean = Reductions.Mean(graph, value, -1, keep: true, $"{name}.mean");
        var centred = graph.Node("Sub", $"{name}.centred", [value, mean]);
        var squares = graph.Node("Pow", $"{name}.squares", [centred, graph.Scalar(2)]);
        var variance = Reductions.Mean(graph, squares, -1, keep: true, $"{name}.variance");
        var safe = graph.Node("Add", $"{name}.variance_safe", [variance, graph.Scalar((float)epsilon)]);
        var deviation = graph.Node("Sqrt", $"{name}.deviation", [safe]);
        var normalized = graph.Node("Div", $"{name}.normalized", [centred, deviation]);
        var scaled = graph.Node("Mul", $"{name}.scaled", [normalized, gain]);
        return graph.Node("Add", name, [scaled, offset]);
    }
}
