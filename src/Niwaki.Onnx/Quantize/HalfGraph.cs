using System.Numerics.Tensors;
using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>A graph on its way to 16-bit floats: which nodes can, and casts where the two precisions meet.</summary>
internal sealed class HalfGraph
{
    private const double Largest = 65504;

    // what 16 bits may cost a constant, relative to its size: rounding alone costs 0.0003, lost small numbers cost more
    private const double MaxWeightError = 0.01;

    private static readonly HashSet<string> Float32Only = ["ConstantOfShape", "Range", "RandomNormal", "RandomUniform", "EyeLike", "QuantizeLinear", "DequantizeLinear", "NonMaxSuppression"];

    private readonly ModelProto model;
    private readonly GraphIndex index;
    private readonly IReadOnlyDictionary<string, ValueLayout> layouts;
    private readonly HashSet<NodeProto> half = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(string Value, bool ToHalf), string> casts = [];
    private readonly Dictionary<string, string> halved = new(StringComparer.Ordinal);
    private readonly List<NodeProto> added = [];

    private HalfGraph(ModelProto model, string where)
    {
        this.model = Pass.Run(model, [new FoldConstantsPass(), new DeadNodesPass()]);
        index = new GraphIndex(this.model.Graph);
        layouts = GraphProbe.Layouts(this.model, where);
    }

    /// <summary>Converts a graph.</summary>
    /// <param name="model">In float32; it is not changed.</param>
    /// <param name="options">What to leave.</param>
    /// <param name="pictures">Preprocessed pictures [3, H, W].</param>
    /// <param name="where">Names the graph in an error.</param>
    /// <returns>The graph, the nodes left in float32, and how many were converted.</returns>
    public static (ModelProto Model, ValueList<KeptNode> Kept, int Converted) Of(ModelProto model, Half options, IEnumerable<float[]> pictures, string where)
    {
        var graph = new HalfGraph(model, where);
        var kept = graph.Choose(options, graph.Sizes(pictures, where));
        var converted = graph.half.Count;
        graph.Write();
        return (graph.model, kept, converted);
    }

    /// <summary>The largest size of each float value over the pictures.</summary>
    private Dictionary<string, double> Sizes(IEnumerable<float[]> pictures, string where)
    {
        var values = layouts.Where(each => each.Value.IsFloat).Select(each => each.Key).ToArray();
        var sizes = values.ToDictionary(value => value, _ => 0.0, StringComparer.Ordinal);
        using var probe = new GraphProbe(model, values, where);
        foreach (var picture in pictures)
        {
            probe.Run(picture, values, layouts, (value, data, _) =>
            {
                var size = data.IsEmpty ? 0 : TensorPrimitives.MaxMagnitude(data);
                sizes[value] = !double.IsNaN(size) ? Math.Max(sizes[value], Math.Abs(size)) : throw new StageException($"{where}: {value} holds no numbers (NaN) on a calibration picture. The float model itself is broken: measure it, and train or export it again.");
            });
        }

        return sizes;
    }

    private ValueList<KeptNode> Choose(Half options, Dictionary<string, double> sizes)
    {
        var exclude = new NamePatterns(options.Exclude);
        var kept = new List<KeptNode>();
        foreach (var node in model.Graph.Node.Where(node => FloatInputs(node).Any() || node.Output.Any(IsFloat)))
        {
            var reason = exclude.Matching(node.Name) is { } pattern ? $"excluded by '{pattern}'"
                : Float32Only.Contains(node.OpType) || node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0) ? "has no 16-bit form"
                : FloatInputs(node).Concat(node.Output).Where(sizes.ContainsKey).Max(value => (double?)sizes[value]) * options.Headroom > Largest ? $"values may pass {Largest / options.Headroom:0}, the largest 16-bit number being {Largest}"
                : FloatInputs(node).Select(index.Constant).OfType<TensorProto>().FirstOrDefault(LosesTooMuch) is { } constant ? $"{constant.Name} has numbers too small or too large for 16 bits"
                : null;
            if (reason is null)
                half.Add(node);
            else
                kept.Add(new KeptNode(node.Name, node.OpType, reason));
        }

        return [.. kept];
    }

    private bool IsFloat(string value) => layouts.TryGetValue(value, out var layout) ? layout.IsFloat : index.Constant(value)?.Type() == DataType.Float;

    /// <summary>The float inputs that follow the node's precision: a Resize takes its scales in float32 always.</summary>
    private IEnumerable<string> FloatInputs(NodeProto node) => (node.OpType is "Resize" or "Upsample" ? node.Input.Take(1) : node.Input).Where(input => input.Length > 0 && IsFloat(input));

    private static bool LosesTooMuch(TensorProto constant)
    {
        double error = 0, size = 0;
        foreach (var value in constant.Floats())
        {
            if (float.IsInfinity(value))
                continue;
            var rounded = (double)(float)(System.Half)value;
            if (!double.IsFinite(rounded))
                return true;
            error += (value - rounded) * (value - rounded);
            size += (double)value * value;
        }

        return error > MaxWeightError * MaxWeightError * size;
    }

    private void Write()
    {
        var graph = model.Graph;
        var outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            var following = FloatInputs(node).ToHashSet(StringComparer.Ordinal);
            for (var i = 0; i < node.Input.Count; i++)
            {
                var input = node.Input[i];
                if (following.Contains(input) && (i == 0 || node.OpType is not ("Resize" or "Upsample")))
                    node.Input[i] = index.Constant(input) is { } constant ? half.Contains(node) ? Halved(constant, input) : input : Cast(input, half.Contains(node));
            }

            if (half.Contains(node) && node.OpType == "Cast" && node.Int("to", 0) == (long)DataType.Float)
                node.With("to", (int)DataType.Float16);
        }

        foreach (var output in graph.Output.Where(output => IsHalf(output.Name)).ToArray())
        {
            // the result keeps its name and type: what was computed in 16 bits gets another name
            var inside = index.Fresh($"{output.Name}_half");
            var producer = index.Producer(output.Name)!;
            producer.Output[producer.Output.IndexOf(output.Name)] = inside;
            foreach (var node in graph.Node.Concat(added))
                node.ReplaceInput(output.Name, inside);
            added.Add(CastNode(inside, output.Name, DataType.Float));
        }

        graph.Node.Add(added);
        var ordered = new GraphIndex(graph).TopologicalOrder();
        graph.Node.Clear();
        graph.Node.Add(ordered);
        graph.ValueInfo.Clear();
        new DeadNodesPass().Apply(model);
    }

    private bool IsHalf(string value) => IsFloat(value) && index.Producer(value) is { } node && half.Contains(node);

    /// <summary>A value in the precision that its reader computes in.</summary>
    private string Cast(string value, bool toHalf)
    {
        if (IsHalf(value) == toHalf)
            return value;
        if (casts.TryGetValue((value, toHalf), out var name))
            return name;
        name = casts[(value, toHalf)] = index.Fresh($"{value}_{(toHalf ? "half" : "float")}");
        added.Add(CastNode(value, name, toHalf ? DataType.Float16 : DataType.Float));
        return name;
    }

    private string Halved(TensorProto constant, string name)
    {
        if (halved.TryGetValue(name, out var known))
            return known;
        known = halved[name] = index.Fresh($"{name}_half");
        model.Graph.Initializer.Add(TensorValues.Of(known, constant.Shape(), [.. constant.Floats().Select(value => (System.Half)value)]));
        return known;
    }

    private NodeProto CastNode(string from, string to, DataType type)
    {
        var node = new NodeProto { OpType = "Cast", Name = index.Fresh($"{to}_cast") };
        node.Input.Add(from);
        node.Output.Add(to);
        return node.With("to", (int)type);
    }
}
