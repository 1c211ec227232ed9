using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Computes what depends on constants alone, with ONNX Runtime itself. What would make the file larger by more than
/// <see cref="MaxGrowth"/> stays as it is: every runtime folds it when it loads the graph.
/// </summary>
internal sealed record FoldConstantsPass : Pass
{
    /// <summary>Bytes that one constant may add to the file. One MiB is small beside the networks whose window masks reach it.</summary>
    public long MaxGrowth { get; init; } = 1 << 20;

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var constants = graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        constants.ExceptWith(graph.Input.Select(input => input.Name));
        var folded = 0;
        foreach (var node in new GraphIndex(graph).TopologicalOrder())
        {
            if (!Foldable(node) || !node.Input.All(input => input.Length == 0 || constants.Contains(input)) || node.Output.Any(output => graph.Output.Any(each => each.Name == output)))
                continue;
            var inputs = node.Input.Where(input => input.Length > 0).Distinct(StringComparer.Ordinal).Select(input => graph.Initializer.First(tensor => tensor.Name == input)).ToArray();
            if (Compute(model, node, inputs) is not { } results || results.Sum(tensor => (long)tensor.RawData.Length) > inputs.Sum(tensor => (long)tensor.CalculateSize()) + MaxGrowth)
                continue;
            graph.Initializer.AddRange(results);
            constants.UnionWith(results.Select(tensor => tensor.Name));
            graph.Node.Remove(node);
            folded++;
        }

        return folded;
    }

    private static bool Foldable(NodeProto node) =>
        node.Domain is "" or "ai.onnx"
        && node.OpType is not ("QuantizeLinear" or "DequantizeLinear")
        && !node.OpType.StartsWith("Random", StringComparison.Ordinal)
        && node.OpType is not ("Multinomial" or "Bernoulli" or "Dropout")
        && node.Attribute.All(attribute => attribute.G is null && attribute.Graphs.Count == 0);

    // null where it gives something that is no plain number
    private static TensorProto[]? Compute(ModelProto model, NodeProto node, TensorProto[] inputs)
    {
        var part = new ModelProto { IrVersion = model.IrVersion, Graph = new GraphProto { Name = "constants" } };
        part.OpsetImport.AddRange(model.OpsetImport);
        part.Graph.Node.Add(node);
        part.Graph.Initializer.AddRange(inputs);
        part.Graph.Output.AddRange(node.Output.Where(output => output.Length > 0).Select(output => new ValueInfoProto { Name = output }));
        using var session = new OrtRuntime { Optimization = GraphOptimizationLevel.ORT_DISABLE_ALL }.Open(part, node.Name);
        using var options = new RunOptions();
        var names = part.Graph.Output.Select(output => output.Name).ToArray();
        using var results = OrtRuntime.Guard(node.Name, () => session.Run(options, new Dictionary<string, OrtValue>(), names));
        var tensors = results.Select((value, i) => OrtTensors.Read(names[i], value)).OfType<TensorProto>().ToArray();
        return tensors.Length == names.Length ? tensors : null;
    }
}
