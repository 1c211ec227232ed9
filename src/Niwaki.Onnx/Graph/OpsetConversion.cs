using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Writes a graph in another operator set, 11 to 21, without a change of what its nodes compute. Between them, attributes became inputs
/// (axes, sizes of a split), a softmax came to go over one axis, and a few operators took on new defaults; what cannot be said in the other
/// set is refused by name.
/// </summary>
internal sealed class OpsetConversion
{
    /// <summary>The oldest set that can be read and written.</summary>
    public const int Oldest = 11;

    /// <summary>The newest set that can be read and written.</summary>
    public const int Newest = 21;

    // operators by the set that brought them; older sets do not have them
    private static readonly Dictionary<string, int> Since = new(StringComparer.Ordinal)
    {
        ["Celu"] = 12,
        ["Einsum"] = 12,
        ["GreaterOrEqual"] = 12,
        ["LessOrEqual"] = 12,
        ["HardSwish"] = 14,
        ["Trilu"] = 14,
        ["GridSample"] = 16,
        ["LayerNormalization"] = 17,
        ["Mish"] = 18,
        ["GroupNormalization"] = 18,
        ["CenterCropPad"] = 18,
        ["BitwiseAnd"] = 18,
        ["BitwiseOr"] = 18,
        ["BitwiseXor"] = 18,
        ["BitwiseNot"] = 18,
        ["DeformConv"] = 19,
        ["Gelu"] = 20,
        ["AffineGrid"] = 20,
    };

    private static readonly HashSet<string> Reductions = ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"];

    private readonly ModelProto model;
    private readonly GraphIndex index;
    private readonly int from;
    private readonly int to;
    private readonly Lazy<IReadOnlyDictionary<string, ValueLayout>> layouts;
    private readonly List<string> problems = [];

    private OpsetConversion(ModelProto model, int to)
    {
        this.model = model;
        this.to = to;
        from = model.Opset();
        index = new GraphIndex(model.Graph);
        layouts = new(() => GraphShapes.Of(model));
    }

    /// <summary>What stands in the way; empty where <see cref="Apply"/> would work.</summary>
    public static IReadOnlyList<string> Problems(ModelProto model, int opset)
    {
        var copy = new OpsetConversion(model.Clone(), opset);
        copy.Run();
        return copy.problems;
    }

    /// <summary>Changes the graph in place.</summary>
    /// <exception cref="StageException">It holds something that the other set cannot say.</exception>
    public static void Apply(ModelProto model, int opset, string where)
    {
        var conversion = new OpsetConversion(model, opset);
        conversion.Run();
        if (conversion.problems.Count > 0)
            throw new StageException($"{where}: cannot be written in opset {opset}: {string.Join("; ", conversion.problems.Distinct().Take(5))}{(conversion.problems.Count > 5 ? $" and {conversion.problems.Count - 5} more" : string.Empty)}. Export it with opset {opset} from where it was made.");
    }

    /// <summary>Lifts a graph that is written in an older set, in place; newer ones stay as they are.</summary>
    /// <exception cref="StageException">It holds something that the other set cannot say.</exception>
    public static void Lift(ModelProto model, int least, string where)
    {
        if (model.Opset() < least)
            Apply(model, least, where);
    }

    private void Run()
    {
        if (from == to)
            return;
        if (from is < Oldest or > Newest || to is < Oldest or > Newest)
        {
            problems.Add($"it is written in opset {from}, and sets from {Oldest} to {Newest} can be converted");
            return;
        }

        // inference of the shapes needs the graph as it is
        if (Crosses(13) || Crosses(18))
            _ = layouts.Value;
        foreach (var node in model.Graph.Node.Where(node => node.Domain is "" or "ai.onnx").ToArray())
        {
            if (to > from)
                Lift(node);
            else
                Lower(node);
        }

        model.OpsetImport.First(import => import.Domain is "" or "ai.onnx").Version = to;
        // the oldest IR version that knows the set: runtimes refuse newer ones than they know
        model.IrVersion = to > from ? Math.Max(model.IrVersion, Ir(to)) : Math.Min(model.IrVersion, Ir(to));
    }

    private static int Ir(int opset) => opset switch { <= 11 => 6, <= 14 => 7, <= 18 => 8, <= 20 => 9, _ => 10 };

    private void Lift(NodeProto node)
    {
        if (Crosses(13))
        {
            if (node.OpType is "Squeeze" or "Unsqueeze" or "ReduceSum")
                ToInput(node, "axes", 1);
            else if (node.OpType == "Split")
                ToInput(node, "split", 1);
            else if (node.OpType is "Softmax" or "LogSoftmax" or "Hardmax")
                Softmax(node, "axis", 1);
        }

        if (Crosses(14) && node.OpType == "BatchNormalization" && node.Output.Skip(1).Any(output => output.Length > 0))
            problems.Add($"BatchNormalization {node.Name} gives its statistics, as for training");
        if (Crosses(16) && node.OpType == "RoiAlign" && node.Text("coordinate_transformation_mode", string.Empty).Length == 0)
            node.With("coordinate_transformation_mode", "output_half_pixel");
        if (Crosses(18))
        {
            if (Reductions.Contains(node.OpType))
                ToInput(node, "axes", 1);
            else if (node.OpType == "Split" && node.Input.Count == 1)
                node.With("num_outputs", node.Output.Count);
        }

        if (Crosses(20) && node.OpType == "GridSample")
            node.With("mode", node.Text("mode", "bilinear") switch { "bilinear" => "linear", "bicubic" => "cubic", var mode => mode });
    }

    private void Lower(NodeProto node)
    {
        if (Since.TryGetValue(node.OpType, out var since) && since > to)
        {
            problems.Add($"{node.OpType} {node.Name} came with opset {since}");
            return;
        }

        if (Crosses(20) && node.OpType == "GridSample")
            node.With("mode", node.Text("mode", "linear") switch { "linear" => "bilinear", "cubic" => "bicubic", var mode => mode });
        if (Crosses(19))
            Drop(node, "saturate", "Cast", value => true);
        if (Crosses(18))
        {
            if (Reductions.Contains(node.OpType))
                ToAttribute(node, "axes", 1);
            else if (node.OpType == "Split")
                SplitEvenly(node);
            else if (node.OpType == "Pad" && node.Input.Count > 3 && node.Input[3].Length > 0)
                problems.Add($"Pad {node.Name} names its axes, which older sets cannot");
            else if (node.OpType == "Resize" && (node.Int("antialias", 0) != 0 || node.Ints("axes") is not null || node.Text("keep_aspect_ratio_policy", "stretch") != "stretch" || node.Text("coordinate_transformation_mode", string.Empty) == "half_pixel_symmetric"))
                problems.Add($"Resize {node.Name} uses what came with opset 18");
            foreach (var attribute in (string[])["antialias", "keep_aspect_ratio_policy"])
                Drop(node, attribute, "Resize", _ => true);
            if (node.OpType is "ScatterND" or "ScatterElements" && node.Text("reduction", "none") is "max" or "min")
                problems.Add($"{node.OpType} {node.Name} reduces by {node.Text("reduction", "none")}, which came with opset 18");
        }

        if (Crosses(16) && node.OpType is "ScatterND" or "ScatterElements" && to < 16)
        {
            if (node.Text("reduction", "none") != "none")
                problems.Add($"{node.OpType} {node.Name} adds to what is there, which came with opset 16");
            Drop(node, "reduction", node.OpType, _ => true);
        }

        if (Crosses(15) && node.OpType == "Shape" && (node.Int("start", 0) != 0 || node.Ints("end") is not null || node.Attribute.Any(attribute => attribute.Name == "end")))
            problems.Add($"Shape {node.Name} gives some sizes only, which came with opset 15");
        if (Crosses(14))
        {
            if (node.OpType == "Reshape" && node.Int("allowzero", 0) != 0 && index.Constant(node.Input[1])?.Longs().Contains(0) != false)
                problems.Add($"Reshape {node.Name} allows sizes of zero, which came with opset 14");
            Drop(node, "allowzero", "Reshape", _ => true);
            Drop(node, "training_mode", "BatchNormalization", value => value == 0);
        }

        if (Crosses(13))
        {
            if (node.OpType is "Squeeze" or "Unsqueeze" or "ReduceSum")
                ToAttribute(node, "axes", 1);
            else if (node.OpType == "Split")
                ToAttribute(node, "split", 1);
            else if (node.OpType is "Softmax" or "LogSoftmax" or "Hardmax")
                Softmax(node, "axis", -1);
            else if (node.OpType is "QuantizeLinear" or "DequantizeLinear" && node.Input.Count > 1 && index.Constant(node.Input[1])?.Elements() != 1)
                problems.Add($"{node.OpType} {node.Name} has a scale for each channel, which came with opset 13");
        }
    }

    private bool Crosses(int opset) => Math.Min(from, to) < opset && opset <= Math.Max(from, to);

    // until 12 it went over all axes from this one on: the same where only one of them has more than one element
    private void Softmax(NodeProto node, string attribute, int otherwise)
    {
        if (!layouts.Value.TryGetValue(node.Input[0], out var layout))
        {
            problems.Add($"the shape of what {node.OpType} {node.Name} takes is not known");
            return;
        }

        var rank = layout.Dimensions.Length;
        var axis = (int)node.Int(attribute, otherwise);
        axis += axis < 0 ? rank : 0;
        if (layout.Dimensions.Skip(axis + 1).Any(size => size != 1))
            problems.Add($"{node.OpType} {node.Name} goes over axis {axis} of {rank}, which means something else there");
        node.With(attribute, axis);
    }

    private void ToInput(NodeProto node, string attribute, int place)
    {
        if (node.Ints(attribute) is not { } values)
            return;
        node.Attribute.Remove(node.Attribute.First(each => each.Name == attribute));
        while (node.Input.Count < place)
            node.Input.Add(string.Empty);
        var name = index.Fresh($"{node.Output[0]}_{attribute}");
        model.Graph.Initializer.Add(TensorValues.List(name, values));
        node.Input.Add(name);
    }

    private void ToAttribute(NodeProto node, string attribute, int place)
    {
        if (node.Input.Count <= place || node.Input[place].Length == 0)
        {
            if (node.Int("noop_with_empty_axes", 0) != 0)
                problems.Add($"{node.OpType} {node.Name} does nothing without axes, which older sets cannot say");
            return;
        }

        if (index.Constant(node.Input[place])?.Longs() is not { } values)
        {
            problems.Add($"{node.OpType} {node.Name} computes its {attribute}, which older sets cannot");
            return;
        }

        while (node.Input.Count > place)
            node.Input.RemoveAt(node.Input.Count - 1);
        Drop(node, "noop_with_empty_axes", node.OpType, _ => true);
        node.With(attribute, values);
    }

    private void SplitEvenly(NodeProto node)
    {
        var isGiven = node.Attribute.Any(attribute => attribute.Name == "num_outputs");
        Drop(node, "num_outputs", "Split", _ => true);
        if (!isGiven || (node.Input.Count > 1 && node.Input[1].Length > 0))
            return;
        var sizes = node.Output.Select(output => layouts.Value.TryGetValue(output, out var layout) ? layout.Dimensions[Axis(node, layout)] : -1L).ToArray();
        if (sizes.Contains(-1))
        {
            problems.Add($"the sizes that Split {node.Name} gives are not known");
            return;
        }

        var name = index.Fresh($"{node.Output[0]}_split");
        model.Graph.Initializer.Add(TensorValues.List(name, sizes));
        node.Input.Add(name);
        // for a set whose split is an attribute
        if (to < 13)
        {
            node.Input.RemoveAt(1);
            node.With("split", sizes);
        }
    }

    private static int Axis(NodeProto node, ValueLayout layout)
    {
        var axis = (int)node.Int("axis", 0);
        return axis < 0 ? axis + layout.Dimensions.Length : axis;
    }

    private void Drop(NodeProto node, string attribute, string type, Func<long, bool> isDefault)
    {
        if (node.OpType != type || node.Attribute.FirstOrDefault(each => each.Name == attribute) is not { } found)
            return;
        if (!isDefault(found.I))
            problems.Add($"{type} {node.Name} has {attribute} {found.I}, which older sets cannot say");
        node.Attribute.Remove(found);
    }
}
