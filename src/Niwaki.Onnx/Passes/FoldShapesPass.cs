using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>
/// Computes what depends on shapes and constants alone, which a traced graph is full of: sizes of reshapes, paddings, whole masks. The graph
/// runs once (with one picture and with two where their number is free); what came out the same becomes a constant, and a reshape whose
/// sizes differ in one place only leaves that one open.
/// </summary>
internal sealed record FoldShapesPass : Pass
{
    // whose sizes depend on values, or which hold graphs of their own
    private static readonly HashSet<string> Dynamic = ["NonZero", "NonMaxSuppression", "Unique", "Compress", "If", "Loop", "Scan", "StringSplit", "SequenceAt", "SplitToSequence", "ConcatFromSequence", "Optional", "OptionalGetElement"];

    // inputs that say how large the output is
    private static readonly Dictionary<string, int[]> Sizing = new(StringComparer.Ordinal)
    {
        ["Reshape"] = [1],
        ["Expand"] = [1],
        ["Tile"] = [1],
        ["Slice"] = [1, 2, 3, 4],
        ["Resize"] = [2, 3],
        ["Upsample"] = [1],
        ["Pad"] = [1, 3],
        ["ConstantOfShape"] = [0],
        ["Range"] = [0, 1, 2],
        ["TopK"] = [1],
        ["OneHot"] = [1],
        ["Unsqueeze"] = [1],
        ["Squeeze"] = [1],
        ["Split"] = [1],
        ["ReduceSum"] = [1],
        ["ReduceMean"] = [1],
        ["ReduceMax"] = [1],
        ["ReduceMin"] = [1],
        ["CenterCropPad"] = [1],
        ["MaxUnpool"] = [2],
        ["AffineGrid"] = [1],
    };

    /// <summary>Bytes that one constant may add to the file.</summary>
    public long MaxGrowth { get; init; } = 1 << 20;

    /// <inheritdoc/>
    public override string? Require(ModelProto model) =>
        GraphShapes.Inputs(model.Graph).FirstOrDefault(input => !RandomInput.Fits(input)) is { } open ? $"its input {open.Name} has sizes that are not fixed" : null;

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var changed = Constants(model.Graph);
        var index = new GraphIndex(model.Graph);
        var known = Known(model.Graph, index);
        if (known.Count == 0)
            return changed;
        // where something else reads them
        var asked = known.Where(value => !index.IsOutput(value) && index.Consumers(value).Any(reader => reader.Output.Any(output => output.Length > 0 && !known.Contains(output)))).Order(StringComparer.Ordinal).ToArray();
        if (asked.Length == 0)
            return changed;
        var (one, two) = Values(model, asked);
        foreach (var (name, tensor) in one)
        {
            var other = two?.GetValueOrDefault(name) ?? (two is null ? tensor : null);
            if (tensor.RawData.Length > MaxGrowth || other is null)
                continue;
            var constant = tensor.Dims.SequenceEqual(other.Dims) && tensor.RawData == other.RawData ? tensor : OpenSize(index, name, tensor, other);
            if (constant is null)
                continue;
            var node = index.Producer(name)!;
            node.Output[node.Output.IndexOf(name)] = index.Fresh($"{name}_before");
            model.Graph.Initializer.Add(constant);
            changed++;
        }

        if (changed > 0)
            new DeadNodesPass().Apply(model);
        return changed;
    }

    // sizes of reshapes may have one place that follows from the others
    private static TensorProto? OpenSize(GraphIndex index, string name, TensorProto one, TensorProto two)
    {
        if (one.Type() != DataType.Int64 || one.Dims is not [> 0] || !one.Dims.SequenceEqual(two.Dims) || !index.Consumers(name).All(reader => reader.IsA("Reshape") && reader.Input[0] != name && reader.Int("allowzero", 0) == 0))
            return null;
        var (left, right) = (one.Longs(), two.Longs());
        var differing = Enumerable.Range(0, left.Length).Where(axis => left[axis] != right[axis]).ToArray();
        if (differing is not [var open] || left.Contains(-1))
            return null;
        left[open] = -1;
        return TensorValues.List(name, left);
    }

    private static int Constants(GraphProto graph)
    {
        var nodes = graph.Node.Where(node => node.IsA("Constant") && Value(node) is not null && graph.Output.All(output => output.Name != node.Output[0])).ToArray();
        if (nodes.Length == 0)
            return 0;
        foreach (var node in nodes)
        {
            var tensor = Value(node)!.Clone();
            tensor.Name = node.Output[0];
            graph.Initializer.Add(tensor);
        }

        var gone = new HashSet<NodeProto>(nodes, ReferenceEqualityComparer.Instance);
        var left = graph.Node.Where(node => !gone.Contains(node)).ToArray();
        graph.Node.Clear();
        graph.Node.AddRange(left);
        return nodes.Length;
    }

    private static TensorProto? Value(NodeProto node) => node.Attribute switch
    {
        [{ Name: "value", T: { } tensor }] => tensor,
        [{ Name: "value_float" } number] => TensorValues.Scalar(string.Empty, number.F),
        [{ Name: "value_int" } number] => TensorValues.Of(string.Empty, new Shape(), [number.I]),
        [{ Name: "value_ints" } numbers] => TensorValues.List(string.Empty, [.. numbers.Ints]),
        [{ Name: "value_floats" } numbers] => TensorValues.Of(string.Empty, new Shape(numbers.Floats.Count), (float[])[.. numbers.Floats]),
        _ => null,
    };

    private static HashSet<string> Known(GraphProto graph, GraphIndex index)
    {
        var constant = graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        constant.ExceptWith(graph.Input.Select(input => input.Name));
        var known = new HashSet<string>(StringComparer.Ordinal);
        var shaped = new HashSet<string>(constant, StringComparer.Ordinal);
        shaped.UnionWith(graph.Input.Select(input => input.Name));
        bool IsConstant(string value) => value.Length == 0 || constant.Contains(value) || known.Contains(value);
        foreach (var node in index.TopologicalOrder())
        {
            if (node.Domain is not ("" or "ai.onnx") || Dynamic.Contains(node.OpType) || node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0) || !node.Input.All(input => input.Length == 0 || shaped.Contains(input)))
                continue;
            if (Sizing.TryGetValue(node.OpType, out var places) && !places.Where(place => place < node.Input.Count).All(place => IsConstant(node.Input[place])))
                continue;
            shaped.UnionWith(node.Output);
            var isRandom = node.OpType.StartsWith("Random", StringComparison.Ordinal) || node.OpType is "Multinomial" or "Bernoulli" or "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear";
            if (!isRandom && (node.OpType is "Shape" or "Size" || node.Input.All(IsConstant)))
                known.UnionWith(node.Output.Where(output => output.Length > 0));
        }

        return known;
    }

    private static (Dictionary<string, TensorProto> One, Dictionary<string, TensorProto>? Two) Values(ModelProto model, string[] asked)
    {
        var exposed = model.Clone();
        exposed.Graph.Output.Clear();
        exposed.Graph.ValueInfo.Clear();
        exposed.Graph.Output.AddRange(asked.Select(value => new ValueInfoProto { Name = value }));
        using var session = new OrtRuntime { Threads = Environment.ProcessorCount, Optimization = GraphOptimizationLevel.ORT_DISABLE_ALL }.Open(exposed, "constants");
        var inputs = GraphShapes.Inputs(model.Graph).ToArray();
        var one = Run(session, inputs, 1, asked);
        if (!inputs.Any(RandomInput.HasFreeBatch))
            return (one, null);
        try
        {
            return (one, Run(session, inputs, 2, asked));
        }
        catch (StageException)
        {
            // its free batch works with one picture only
            return (one, null);
        }
    }

    private static Dictionary<string, TensorProto> Run(InferenceSession session, ValueInfoProto[] inputs, int batch, string[] asked)
    {
        using var options = new RunOptions();
        var given = inputs.Where(input => session.InputMetadata.ContainsKey(input.Name)).ToDictionary(input => input.Name, input => new RandomInput(input, batch, new Random(batch)).Value());
        try
        {
            using var results = OrtRuntime.Guard("constants", () => session.Run(options, given, asked));
            return results.Select((value, i) => OrtTensors.Read(asked[i], value)).OfType<TensorProto>().ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        }
        finally
        {
            foreach (var value in given.Values)
                value.Dispose();
        }
    }
}
