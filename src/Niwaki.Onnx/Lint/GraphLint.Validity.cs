using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>Whether the graph is one at all, and runs.</summary>
internal sealed partial class GraphLint
{
    // the weights of more are neither loaded nor run: that takes too long for a look, and several times the memory
    private const long MostToRun = 1L << 30;

    // names that are read and never made, made twice, or given to two constants
    private void Validity()
    {
        var graph = model.Graph;
        var made = new HashSet<string>(StringComparer.Ordinal);
        var twice = new List<string>();
        foreach (var value in graph.Node.SelectMany(node => node.Output).Where(output => output.Length > 0))
        {
            if (!made.Add(value))
                twice.Add(value);
        }

        var constants = graph.Initializer.Select(tensor => tensor.Name).Concat(graph.SparseInitializer.Select(sparse => sparse.Values?.Name ?? string.Empty)).ToArray();
        twice.AddRange(constants.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1 || made.Contains(group.Key)).Select(group => group.Key));
        if (twice.Count > 0)
            Add(LintSeverity.Problem, "names that stand for two values", "export it again", twice);
        made.UnionWith(constants);
        made.UnionWith(graph.Input.Select(input => input.Name));
        var missing = Missing(graph, made).Concat(graph.Output.Select(output => output.Name).Where(name => !made.Contains(name))).Distinct(StringComparer.Ordinal).ToArray();
        if (missing.Length > 0)
            Add(LintSeverity.Problem, "values that are read, and that nothing makes", "export it again: it is damaged", missing);
        var names = graph.Node.Where(node => node.Name.Length > 0).GroupBy(node => node.Name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
        if (names.Length > 0)
            Add(IsTensorRt ? LintSeverity.Warning : LintSeverity.Problem, "nodes of the same name", $"niwaki optimize --in {file} --out FOLDER names them", names);
    }

    private static IEnumerable<string> Missing(GraphProto graph, HashSet<string> known) => graph.Node.SelectMany(node =>
        node.Input.Where(input => input.Length > 0 && !known.Contains(input)).Concat(node.Nested().SelectMany(nested => Missing(nested, [
            .. known, .. nested.Input.Select(input => input.Name), .. nested.Initializer.Select(tensor => tensor.Name), .. nested.Node.SelectMany(inner => inner.Output)]))));

    private void Floats()
    {
        var wide = OfType(DataType.Double);
        var brain = OfType(DataType.Bfloat16);
        var unsupported = WideningToFloat32.Unsupported(model);
        var remedy = $"niwaki optimize --in {file} --out FOLDER makes them 32 bits";
        if (brain.Length > 0)
            Add(LintSeverity.Problem, $"bfloat16 numbers, which {runtime.Name} on {device.Name} does not multiply", unsupported.Contains(DataType.Bfloat16) ? remedy : "export it in float32", brain);
        if (wide.Length > 0 && (IsTensorRt || unsupported.Contains(DataType.Double)))
            Add(IsTensorRt ? LintSeverity.Warning : LintSeverity.Problem, IsTensorRt ? "64-bit floats, which TensorRT makes 32 bits" : $"64-bit floats, of which {runtime.Name} has no convolutions", unsupported.Contains(DataType.Double) ? remedy : "export it in float32", wide);
    }

    private string[] OfType(DataType type) => [.. model.Graph.Initializer.Where(tensor => tensor.Type() == type).Select(tensor => tensor.Name)
        .Concat(AllNodes(model.Graph).Where(node => node.OpType == "Constant" && node.Tensor("value")?.Type() == type).Select(NameOf))];

    private string? Refused()
    {
        try
        {
            var large = ExternalTensors.BytesInside(model) > MostToRun;
            new OrtRuntime { Optimization = Microsoft.ML.OnnxRuntime.GraphOptimizationLevel.ORT_DISABLE_ALL, Arena = false }.Open(large ? GraphShapes.Light(model) : model, file).Dispose();
            var inputs = GraphShapes.Inputs(model.Graph).ToArray();
            // what loads can still have shapes that do not fit each other
            return !large && inputs.Length > 0 && inputs.All(RandomInput.Fits) && GraphProof.Of(model, 1, file, out var reason) is null ? Short(reason!) : null;
        }
        catch (StageException problem)
        {
            return Short(problem.InnerException?.Message ?? problem.Message);
        }
    }

    private string Short(string problem) => problem.Replace($"{file}: ", string.Empty, StringComparison.Ordinal).Split(" Check that the file is whole", 2)[0].Trim().TrimEnd('.');
}
