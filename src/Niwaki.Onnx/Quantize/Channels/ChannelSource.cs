using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// A value whose channels can be scaled without a change of the function: what makes it has a factor for each channel (a LayerNorm,
/// a multiplication and addition of constant vectors, a product), and all that read it are products.
/// </summary>
/// <param name="Node">What makes it.</param>
/// <param name="Value">The value; its statistics are those of all that read it.</param>
/// <param name="Axis">The axis of channels.</param>
/// <param name="Channels">How many there are.</param>
/// <param name="Factors">Constants to divide with a channel, each with its channels on the given axis of the tensor.</param>
/// <param name="Offsets">The constant to which a shift is added; <see langword="null"/> where there is none.</param>
/// <param name="Flow">Who reads it.</param>
internal sealed record ChannelSource(NodeProto Node, string Value, int Axis, int Channels, IReadOnlyList<(string Name, int Axis)> Factors, string? Offsets, ChannelFlow Flow)
{
    /// <summary>Whether a normalization makes it, whose factors cost nothing to change.</summary>
    public bool IsNorm => Node.OpType is not ("Conv" or "Gemm" or "MatMul");

    /// <summary>Whether a constant can be added to each channel.</summary>
    public bool TakesShift => Offsets is not null && Flow.Readers.All(reader => reader.TakesShift);

    /// <summary>Divides the channels, and multiplies the weights that read them.</summary>
    public void Divide(GraphProto graph, double[] by)
    {
        foreach (var (name, axis) in Factors)
        {
            var tensor = graph.Initializer.First(tensor => tensor.Name == name);
            var values = tensor.Floats();
            var inner = tensor.Dims.Skip(axis + 1).Aggregate(1L, (all, size) => all * size);
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(values[i] / by[(int)(i / inner % Channels)]);
            graph.SetInitializer(TensorValues.Of(name, tensor.Shape(), values));
        }

        foreach (var reader in Flow.Readers)
            reader.Multiply(graph, by);
    }

    /// <summary>Adds to the channels, and takes it out of the biases of those that read them.</summary>
    public void Shift(GraphProto graph, double[] shift)
    {
        var tensor = graph.Initializer.First(tensor => tensor.Name == Offsets);
        var values = tensor.Floats();
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(values[i] + shift[i]);
        graph.SetInitializer(TensorValues.Of(tensor.Name, tensor.Shape(), values));
        foreach (var reader in Flow.Readers)
            reader.AbsorbShift(graph, shift);
    }

    /// <summary>The largest weight with which each channel is read.</summary>
    public double[] ReadingWeights(GraphProto graph)
    {
        var sizes = new double[Channels];
        foreach (var reader in Flow.Readers)
            reader.Measure(graph, sizes);
        return sizes;
    }

    /// <summary>The largest weight that makes each channel.</summary>
    public double[] WritingWeights(GraphProto graph)
    {
        var (name, axis) = Factors[0];
        var tensor = graph.Initializer.First(tensor => tensor.Name == name);
        var (values, inner, sizes) = (tensor.Floats(), tensor.Dims.Skip(axis + 1).Aggregate(1L, (all, size) => all * size), new double[Channels]);
        for (var i = 0; i < values.Length; i++)
        {
            ref var size = ref sizes[(int)(i / inner % Channels)];
            size = Math.Max(size, Math.Abs(values[i]));
        }

        return sizes;
    }

    /// <summary>All such values of a graph whose weights are their nodes' own (see <see cref="OwnWeights"/>), in its order.</summary>
    public static IReadOnlyList<ChannelSource> All(GraphProto graph, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        var index = new GraphIndex(graph);
        return [.. index.TopologicalOrder().Select(node => Of(node, index, layouts)).OfType<ChannelSource>().Where(source => source.Flow.Obstacle is null)];
    }

    private static ChannelSource? Of(NodeProto node, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        if (!layouts.TryGetValue(node.Output.FirstOrDefault() ?? string.Empty, out var layout) || !layout.IsFloat)
            return null;
        var last = layout.Dimensions.Length - 1;
        string? Vector(string name) => index.Constant(name) is { } constant && constant.Type() == TensorProto.Types.DataType.Float && constant.Elements() == layout.Dimensions[last] && constant.Dims.Count > 0 && constant.Dims[^1] == layout.Dimensions[last] ? name : null;
        ChannelSource Make(string value, int axis, (string, int)[] factors, string? offsets) => new(node, value, axis, layout.Dimensions[axis], factors, offsets, ChannelFlow.From(value, axis, index, layouts));
        switch (node.OpType)
        {
            case "LayerNormalization" when ChannelMoves.Positive(node.Int("axis", -1), last + 1) == last && node.Input.Count > 1 && Vector(node.Input[1]) is { } gain:
                var offset = node.Input.Count > 2 && node.Input[2].Length > 0 ? Vector(node.Input[2]) : null;
                if (offset is null && node.Input.Count > 2 && node.Input[2].Length > 0)
                    return null;
                return Make(node.Output[0], last, offset is null ? [(gain, 0)] : [(gain, 0), (offset, 0)], offset);
            case "Add" when Affine(node, index, Vector) is { } affine:
                return Make(node.Output[0], last, [(affine.Gain, Rank(affine.Gain, index)), (affine.Offset, Rank(affine.Offset, index))], affine.Offset);
            case "Conv" or "Gemm" or "MatMul" when Product.Of(node, index, layouts).Found is { Weight: { } weight } product:
                var axis = node.OpType == "Conv" ? 1 : last;
                if (node.OpType == "MatMul")
                {
                    var behind = LayerBias.AddBehind(node, index);
                    var bias = behind is { } found ? found.Node.Input[found.Place] : null;
                    return Make(behind?.Node.Output[0] ?? node.Output[0], axis, bias is null ? [(weight.Name, 1)] : [(weight.Name, 1), (bias, Rank(bias, index))], bias);
                }

                if (product.Bias is { } own && own.Elements() != layout.Dimensions[axis])
                    return null;
                return Make(node.Output[0], axis, product.Bias is { } constant ? [(weight.Name, product.Axis), (constant.Name, Rank(constant.Name, index))] : [(weight.Name, product.Axis)], product.Bias?.Name);
            default:
                return null;
        }
    }

    private static int Rank(string name, GraphIndex index) => index.Constant(name)!.Dims.Count - 1;

    /// <summary>An addition of a vector to a multiplication by one: the end of a normalization that is written out.</summary>
    private static (string Gain, string Offset)? Affine(NodeProto add, GraphIndex index, Func<string, string?> vector)
    {
        for (var place = 0; place < 2; place++)
        {
            if (vector(add.Input[place]) is not { } offset || index.Producer(add.Input[1 - place]) is not { OpType: "Mul" } mul || index.OnlyConsumer(mul.Output[0]) != add)
                continue;
            if ((vector(mul.Input[0]) ?? vector(mul.Input[1])) is { } gain)
                return (gain, offset);
        }

        return null;
    }
}
