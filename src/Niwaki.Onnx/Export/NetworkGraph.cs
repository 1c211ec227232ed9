using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>Writes a network as a graph.</summary>
internal sealed record NetworkGraph
{
    /// <summary>Name of the input, <c>[batch, 3, H, W]</c>.</summary>
    public const string Image = "image";

    /// <summary>Name of the output, <c>[batch, classes, h, w]</c> (<c>[batch, classes]</c> of a classifier).</summary>
    public const string Logits = "logits";

    /// <summary>Name of the output where the graph takes the argmax, <c>[batch, H, W]</c> uint8 (int32 for TensorRT 8, which has no 8-bit outputs).</summary>
    public const string Labels = "labels";

    /// <summary>
    /// The usual <see cref="Mask"/>. Networks have -100, but exp(-100) is a denormal number, with which x86 computes the products that follow
    /// several times slower. exp(-200) is 0, and stays so where scores differ by 90.
    /// </summary>
    public const double FastMask = -200;

    /// <summary>
    /// Added to the score of two tokens that must not see each other. Behind the -100 of the networks scores that differ by more than about 80
    /// show, and a network whose training made use of that needs -100 in its graph as well.
    /// </summary>
    public double Mask { get; init; } = FastMask;

    /// <summary>Which operators it may hold.</summary>
    public ExportTarget Target { get; init; }

    /// <summary>Operator set.</summary>
    public int Opset { get; init; } = 17;

    /// <summary>Pictures in a batch; <see langword="null"/> leaves it open.</summary>
    public int? Batch { get; init; }

    /// <summary>Whether the graph resizes its logits to the picture and takes the argmax.</summary>
    public bool LabelMap { get; init; }

    /// <summary>What the graph goes through.</summary>
    public IReadOnlyList<Pass> Passes { get; init; } = Pass.ForExport;

    /// <summary>The graph of a network for one input size.</summary>
    public ModelProto Write(Architecture architecture, IReadOnlyDictionary<string, Weight> weights, int height, int width) =>
        Write(architecture, weights, height, width, out _);

    /// <summary>The graph of a network for one input size, and whether <see cref="Mask"/> is in it.</summary>
    public ModelProto Write(Architecture architecture, IReadOnlyDictionary<string, Weight> weights, int height, int width, out bool masked)
    {
        var graph = new GraphWriter(Opset, Target);
        var ops = new OnnxOps(graph, weights, Mask);
        var shape = new Shape(1, 3, height, width);
        var logits = architecture.Forward(ops, new Value(Image, shape, shape, Image));
        var (value, output) = LabelMap ? TakeLabels(graph, ops, logits, height, width) : (ops.Whole(logits), Info(Logits, DataType.Float, logits.Shape));
        masked = ops.Masks;
        var model = graph.Finish("network", Info(Image, DataType.Float, shape), (value, output));
        model.ProducerVersion = typeof(NetworkGraph).Assembly.GetName().Version?.ToString(3) ?? "0";
        model = Pass.Run(model, Passes);
        TargetRules.Check(model, Target);
        return model;
    }

    private (string Value, ValueInfoProto Output) TakeLabels(GraphWriter graph, OnnxOps ops, Value logits, int height, int width)
    {
        if (logits.Shape.Rank != 4)
            throw new StageException($"A label map was asked for, but the network classifies whole pictures (its output is {logits.Shape}). Export it without a label map.");
        var whole = ops.Whole(ops.Resize(logits, height, width));
        var best = graph.Node("ArgMax", "labels.argmax", [whole], ("axis", 1), ("keepdims", 0));
        var type = Target == ExportTarget.Tensorrt8 ? DataType.Int32 : DataType.Uint8;
        return (graph.Node("Cast", "labels.cast", [best], ("to", (int)type)), Info(Labels, type, new Shape(1, height, width)));
    }

    private ValueInfoProto Info(string name, DataType type, Shape shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() };
        tensor.Shape.Dim.Add(Batch is { } batch ? new TensorShapeProto.Types.Dimension { DimValue = batch * shape[0] } : new TensorShapeProto.Types.Dimension { DimParam = shape[0] == 1 ? "batch" : $"batch*{shape[0]}" });
        tensor.Shape.Dim.AddRange(shape.Dimensions.Skip(1).Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
