using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Makes one LayerNormalization over the last axis of the nodes that older exporters write: mean, difference, square (a power or a
/// product), mean, epsilon, root, quotient (or product with the reciprocal), and the scale and offset behind it where they are there.
/// </summary>
internal sealed record FuseLayerNormPass : Pass
{
    private const int Opset = 17;

    /// <inheritdoc/>
    public override string? Require(ModelProto model) => model.Opset() < Opset && MayFind(model) ? $"LayerNormalization needs opset {Opset}; the graph is written in {model.Opset()}" : null;

    /// <summary>Whether a graph subtracts means, with which a LayerNorm begins.</summary>
    public static bool MayFind(ModelProto model)
    {
        var index = new GraphIndex(model.Graph);
        return model.Graph.Node.Any(node => node.IsA("ReduceMean") && index.Consumers(node.Output[0]).Any(reader => reader.IsA("Sub")));
    }

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        if (model.Opset() < Opset)
            return 0;
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var index = new GraphIndex(graph);
        var fused = 0;
        foreach (var quotient in graph.Node.Where(node => node.IsA("Div") || node.IsA("Mul")).ToArray())
        {
            if (Match(quotient, index, layouts) is not var (input, epsilon, width))
                continue;
            var last = quotient;
            var scale = Vector(last, "Mul", index, width);
            last = scale?.Node ?? last;
            var offset = Vector(last, "Add", index, width);
            last = offset?.Node ?? last;
            var norm = new NodeProto { OpType = "LayerNormalization", Name = index.Fresh($"{quotient.Name}_norm") };
            norm.Input.Add([input, scale is null ? Ones(graph, index, width) : Flat(graph, index, scale.Value.Tensor)]);
            if (offset is not null)
                norm.Input.Add(Flat(graph, index, offset.Value.Tensor));
            norm.Output.Add(last.Output[0]);
            norm.With("axis", -1).With("epsilon", (float)epsilon);
            graph.Put(last, norm);
            fused++;
        }

        if (fused > 0)
            new DeadNodesPass().Apply(model);
        return fused;
    }

    private static (string Input, double Epsilon, int Width)? Match(NodeProto quotient, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        foreach (var (top, below) in quotient.OpType == "Div" ? [(0, 1)] : ((int, int)[])[(0, 1), (1, 0)])
        {
            if (index.Made(quotient.Input[top], "Sub") is not { } difference || Root(index, quotient.Input[below], quotient.OpType == "Mul") is not { } inside)
                continue;
            if (index.Made(inside, "Add") is not { } sum || index.NumberAndOther(sum) is not var (epsilon, variance) || epsilon is not (> 0 and < 0.1))
                continue;
            var input = difference.Input[0];
            if (!layouts.TryGetValue(input, out var layout) || Mean(index, difference.Input[1], layout) != input)
                continue;
            if (Mean(index, variance, layout) is { } square && Squared(index, square) is { } squared && (squared == difference.Output[0] || IsDifference(index, squared, input, layout)))
                return (input, epsilon, layout.Dimensions[^1]);
        }

        return null;
    }

    // what is under the root, where a value is a root (or one divided by it)
    private static string? Root(GraphIndex index, string value, bool reciprocal)
    {
        if (index.Made(value, "Pow") is { } power && index.Number(power.Input[1]) is { } exponent && exponent == (reciprocal ? -0.5 : 0.5))
            return power.Input[0];
        if (reciprocal)
        {
            if (index.Made(value, "Reciprocal") is { } inverse)
                value = inverse.Input[0];
            else if (index.Made(value, "Div") is { } division && index.Is(division.Input[0], 1))
                value = division.Input[1];
            else
                return null;
        }

        return index.Made(value, "Sqrt")?.Input[0] ?? (index.Made(value, "Pow") is { } half && index.Number(half.Input[1]) == 0.5 ? half.Input[0] : null);
    }

    // what is averaged over the last axis
    private static string? Mean(GraphIndex index, string value, ValueLayout layout)
    {
        if (index.Made(value, "ReduceMean") is not { } mean || mean.Int("keepdims", 1) != 1)
            return null;
        var axes = mean.Ints("axes") ?? (mean.Input.Count > 1 ? index.Constant(mean.Input[1])?.Longs() : null);
        return axes is [var axis] && (axis == -1 || axis == layout.Dimensions.Length - 1) ? mean.Input[0] : null;
    }

    private static string? Squared(GraphIndex index, string value) =>
        index.Made(value, "Pow") is { } power && index.Number(power.Input[1]) == 2 ? power.Input[0]
        : index.Made(value, "Mul") is { } product && product.Input[0] == product.Input[1] ? product.Input[0]
        : null;

    private static bool IsDifference(GraphIndex index, string value, string input, ValueLayout layout) =>
        index.Made(value, "Sub") is { } difference && difference.Input[0] == input && Mean(index, difference.Input[1], layout) == input;

    private static (NodeProto Node, TensorProto Tensor)? Vector(NodeProto before, string type, GraphIndex index, int width) =>
        index.OnlyConsumer(before.Output[0]) is { } node && node.IsA(type) && index.ConstantAndOther(node) is var (tensor, _) && tensor.Type() == TensorProto.Types.DataType.Float && tensor.Elements() == width && (tensor.Dims.Count == 0 || tensor.Dims[^1] == width)
            ? (node, tensor)
            : null;

    private static string Flat(GraphProto graph, GraphIndex index, TensorProto tensor)
    {
        if (tensor.Dims.Count == 1 && index.Producer(tensor.Name) is null && tensor.Name.Length > 0)
            return tensor.Name;
        var name = index.Fresh($"{tensor.Name}_flat");
        graph.Initializer.Add(TensorValues.Of(name, new Shape((int)tensor.Elements()), tensor.Floats()));
        return name;
    }

    private static string Ones(GraphProto graph, GraphIndex index, int width)
    {
        var name = $"{GraphWriter.ConstantPrefix}ones_{width}";
        if (graph.Initializer.All(tensor => tensor.Name != name))
        {
            graph.Initializer.Add(TensorValues.Of(index.Fresh(name), new Shape(width), (float[])[.. Enumerable.Repeat(1f, width)]));
        }

        return name;
    }
}
