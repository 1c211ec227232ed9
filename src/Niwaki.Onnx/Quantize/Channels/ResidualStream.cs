using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// The values of a residual stream with all that write and read them: products write, LayerNorms over the channels and products read, additions and
/// moves of data lie between.
/// </summary>
internal sealed class ResidualStream
{
    /// <summary>What is said of a stream whose channels are regrouped.</summary>
    public const string PatchMerging = "as a Swin's patch merging does";

    private readonly GraphIndex index;
    private readonly IReadOnlyDictionary<string, ValueLayout> layouts;
    private readonly Dictionary<string, int> axes = new(StringComparer.Ordinal);
    private readonly Queue<string> open = new();

    private ResidualStream(GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts, int width)
    {
        this.index = index;
        this.layouts = layouts;
        Width = width;
    }

    /// <summary>Channels.</summary>
    public int Width { get; }

    /// <summary>Its values.</summary>
    public IEnumerable<string> Values => axes.Keys;

    /// <summary>Products whose outputs it is.</summary>
    public List<NodeProto> Writers { get; } = [];

    /// <summary>Constants that are added or joined to it, with their axis of channels.</summary>
    public Dictionary<string, int> Constants { get; } = new(StringComparer.Ordinal);

    /// <summary>LayerNorms of it, with who reads them.</summary>
    public List<(NodeProto Node, IReadOnlyList<ChannelReader> Readers)> Norms { get; } = [];

    /// <summary>Products that read it without a LayerNorm.</summary>
    public List<ChannelReader> Readers { get; } = [];

    /// <summary>Why it cannot be rotated; <see langword="null"/> where it can.</summary>
    public string? Obstacle { get; private set; }

    /// <summary>The stream that a LayerNorm reads.</summary>
    public static ResidualStream Of(NodeProto norm, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        var layout = layouts[norm.Input[0]];
        var stream = new ResidualStream(index, layouts, layout.Dimensions[^1]);
        stream.Take(norm.Input[0], layout.Dimensions.Length - 1);
        while (stream.Obstacle is null && stream.open.TryDequeue(out var value))
        {
            stream.Up(value, stream.axes[value]);
            stream.Down(value, stream.axes[value]);
        }

        return stream;
    }

    private void Take(string value, int axis)
    {
        if (!axes.TryGetValue(value, out var known))
        {
            axes[value] = axis;
            open.Enqueue(value);
        }
        else if (known != axis)
        {
            Obstacle ??= $"the channels of {value} lie on two axes";
        }
    }

    /// <summary>What makes a value.</summary>
    private void Up(string value, int axis)
    {
        var node = index.Producer(value);
        if (index.Constant(value) is { } constant)
        {
            TakeConstant(value, axis, constant);
            return;
        }

        switch (node?.OpType)
        {
            case null:
                Obstacle ??= $"{value} comes from outside";
                return;
            case "Add":
                foreach (var input in node.Input)
                    TakeAddend(input, value, axis);
                return;
            case "Concat" when ChannelMoves.Positive(node.Int("axis", 0), layouts[value].Dimensions.Length) != axis:
                node.Input.ToList().ForEach(input => Take(input, axis));
                return;
            case "Conv" or "Gemm" or "MatMul" when Product.Of(node, index, layouts).Found is { Weight: not null }:
                if ((node.OpType == "Conv" ? axis == 1 && node.Int("group", 1) == 1 : axis == layouts[value].Dimensions.Length - 1) && !Writers.Contains(node))
                    Writers.Add(node);
                else if (!Writers.Contains(node))
                    Obstacle ??= $"{node.OpType} {node.Name} writes its channels along another axis or in groups";
                return;
            case "LayerNormalization":
                Obstacle ??= $"LayerNormalization {node.Name} writes it (normalization behind the sum)";
                return;
            default:
                if (Enumerable.Range(0, layouts[node.Input[0]].Dimensions.Length).Where(from => layouts[node.Input[0]].Dimensions[from] == Width && ChannelMoves.Through(node, node.Input[0], from, index, layouts) is { } move && move.Axis == axis).ToArray() is [var before, ..] && IsLinear(node))
                    Take(node.Input[0], before);
                else
                    Obstacle ??= $"{node.OpType} {node.Name} makes it";
                return;
        }
    }

    /// <summary>Who reads a value.</summary>
    private void Down(string value, int axis)
    {
        if (index.IsOutput(value))
        {
            Obstacle ??= $"{value} leaves the graph";
            return;
        }

        foreach (var node in index.Consumers(value))
        {
            if (node.OpType == "Add")
                Take(node.Output[0], axis + layouts[node.Output[0]].Dimensions.Length - layouts[value].Dimensions.Length);
            else if (node.OpType == "Concat" && ChannelMoves.Positive(node.Int("axis", 0), layouts[value].Dimensions.Length) != axis)
                Take(node.Output[0], axis);
            else if (node.OpType == "LayerNormalization")
                TakeNorm(node, value, axis);
            else if (ChannelFlow.Reader(node, value, axis, true, index, layouts) is { } reader)
                TakeReader(reader);
            else if (ChannelMoves.Through(node, value, axis, index, layouts) is { } move && IsLinear(node))
                node.Output.Where(output => output.Length > 0 && index.Consumers(output).Count > 0).ToList().ForEach(output => Take(output, move.Axis));
            else
                Obstacle ??= node.OpType is "Reshape" or "Concat" or "Slice" ? $"{node.OpType} {node.Name} regroups its channels, {PatchMerging}" : $"{node.OpType} {node.Name} reads it";
        }
    }

    // these treat each channel alike, but not every sum of channels
    private static bool IsLinear(NodeProto node) => node.OpType is not ("Relu" or "LeakyRelu" or "MaxPool");

    private void TakeReader(ChannelReader reader)
    {
        if (reader.Node.OpType == "Conv" && reader.Node.Int("group", 1) != 1)
            Obstacle ??= $"Conv {reader.Node.Name} reads it in groups";
        else if (!Readers.Any(known => ReferenceEquals(known.Node, reader.Node)))
            Readers.Add(reader);
    }

    private void TakeNorm(NodeProto node, string value, int axis)
    {
        var rank = layouts[value].Dimensions.Length;
        var flow = ChannelFlow.From(node.Output[0], axis, index, layouts);
        if (axis != rank - 1 || ChannelMoves.Positive(node.Int("axis", -1), rank) != axis)
            Obstacle ??= $"LayerNormalization {node.Name} goes over other axes";
        else if (flow.Obstacle is { } obstacle)
            Obstacle ??= $"of LayerNormalization {node.Name}: {obstacle}";
        else if (node.Input.Skip(1).Any(input => input.Length > 0 && index.Constant(input) is null))
            Obstacle ??= $"the gain of LayerNormalization {node.Name} is computed";
        else if (flow.Readers.FirstOrDefault(reader => reader.Node.OpType == "Conv" && reader.Node.Int("group", 1) != 1) is { } grouped)
            Obstacle ??= $"Conv {grouped.Node.Name} reads it in groups";
        else if (flow.Readers.FirstOrDefault(reader => !reader.TakesShift) is { } padded && node.Input.Count > 2 && index.Constant(node.Input[2])!.Floats().Any(offset => offset != 0))
            Obstacle ??= $"{padded.Node.OpType} {padded.Node.Name} cannot take the offset of LayerNormalization {node.Name} into its bias";
        else if (!Norms.Any(known => ReferenceEquals(known.Node, node)))
            Norms.Add((node, flow.Readers));
    }

    private void TakeAddend(string input, string sum, int axis)
    {
        if (index.Constant(input) is { } constant)
        {
            var at = axis - layouts[sum].Dimensions.Length + constant.Dims.Count;
            // a single number is the same in every channel, which the rotation keeps
            if (at >= 0 && constant.Dims.Count > 0 && constant.Dims[at] != 1)
                TakeConstant(input, at, constant);
            return;
        }

        if (layouts[input].Dimensions is var dimensions && axis - layouts[sum].Dimensions.Length + dimensions.Length is >= 0 and var own && dimensions[own] == Width)
            Take(input, own);
        else
            Obstacle ??= $"{input}, which is added to it, has other channels";
    }

    private void TakeConstant(string name, int axis, TensorProto constant)
    {
        if (constant.Dims[axis] != Width || index.Consumers(name).Count != 1)
            Obstacle ??= $"the constant {name} has other channels, or more than one reader";
        else
            Constants[name] = axis;
    }
}
