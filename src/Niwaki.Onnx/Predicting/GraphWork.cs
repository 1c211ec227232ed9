using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>What each node of a graph costs, as ONNX Runtime would run it: after its own fusions, which take away nodes and make products 8-bit ones.</summary>
public static class GraphWork
{
    private static readonly HashSet<string> Views = ["Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Shape", "Constant", "Cast"];
    private static readonly HashSet<string> Quantized = ["QLinearConv", "QGemm", "QLinearMatMul", "MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "ConvInteger"];

    private sealed record Value(long[] Sizes, TensorElementType Type)
    {
        public long Moved => Sizes.Aggregate(1L, (product, size) => product * size) * Type switch
        {
            TensorElementType.Double or TensorElementType.Int64 or TensorElementType.UInt64 => 8,
            TensorElementType.Float16 or TensorElementType.BFloat16 or TensorElementType.Int16 or TensorElementType.UInt16 => 2,
            TensorElementType.Int8 or TensorElementType.UInt8 or TensorElementType.Bool => 1,
            _ => 4,
        };
    }

    /// <summary>The nodes of a model for one picture of the size that its contract names.</summary>
    /// <exception cref="StageException">The graph does not load.</exception>
    public static IReadOnlyList<LayerWork> Of(OnnxModel model, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(model);
        var preprocess = model.Preprocess(vocabulary);
        var path = model.PathOf(OnnxModel.GraphFile);
        return Of(OnnxFile.Read(path), new Shape(1, 3, preprocess.Height, preprocess.Width), path);
    }

    internal static IReadOnlyList<LayerWork> Of(ModelProto model, Shape input, string where)
    {
        var asking = model.Clone();
        GraphCost.Fix(asking.Graph, input, where);
        var optimized = Optimized(asking, where);
        var values = Values(optimized, where);
        return [.. optimized.Graph.Node.Where(node => !Views.Contains(node.OpType)).Select(node => Work(node, values))];
    }

    private static LayerWork Work(NodeProto node, Dictionary<string, Value> values)
    {
        var read = node.Input.Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).Select(name => values.GetValueOrDefault(name)).OfType<Value>().Sum(value => value.Moved);
        var written = node.Output.Where(name => name.Length > 0).Select(name => values.GetValueOrDefault(name)).OfType<Value>().Sum(value => value.Moved);
        // of a table, only the rows that are asked for are read
        var moved = new Bytes(written + (node.OpType is "Gather" or "Slice" ? Math.Min(read, written) : read));
        if (!GraphCost.Products.TryGetValue(node.OpType, out var place) || node.Input.Count <= place
            || values.GetValueOrDefault(node.Input[0]) is not { } left || values.GetValueOrDefault(node.Input[place]) is not { } right || values.GetValueOrDefault(node.Output[0]) is not { } output)
            return new LayerWork(node.Name, node.OpType, WorkKind.Moving, default, moved);
        return new LayerWork(node.Name, node.OpType, KindOf(node, left, right), new Macs(GraphCost.Macs(node, left.Sizes, right.Sizes, output.Sizes)), moved);
    }

    // below four channels a group leaves a processor's lanes idle
    private static WorkKind KindOf(NodeProto node, Value left, Value right) =>
        node.Int("group", 1) > 1 && right.Sizes is [_, < 4, ..] ? WorkKind.Grouped
        : Quantized.Contains(node.OpType) ? WorkKind.Int8
        : left.Type == TensorElementType.Float16 ? WorkKind.Float16
        : WorkKind.Float32;

    // every value made an output, whose shape and type ONNX Runtime tells without running
    private static Dictionary<string, Value> Values(ModelProto model, string where)
    {
        var asking = model.Clone();
        asking.Graph.Output.Clear();
        asking.Graph.Output.AddRange(model.Graph.Node.SelectMany(node => node.Output).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).Select(name => new ValueInfoProto { Name = name }));
        // weights that lie beside a graph too large for one file are not read: no shape depends on them
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External))
        {
            asking.Graph.Initializer.Remove(asking.Graph.Initializer.First(each => each.Name == tensor.Name));
            asking.Graph.Input.Add(new ValueInfoProto { Name = tensor.Name, Type = GraphShapes.Type(tensor.DataType, tensor.Dims) });
        }

        using var session = new OrtRuntime { Optimization = GraphOptimizationLevel.ORT_DISABLE_ALL, Arena = false }.Open(asking, where);
        var values = session.InputMetadata.Concat(session.OutputMetadata)
            .Where(value => value.Value.IsTensor && value.Value.Dimensions.All(size => size >= 0))
            .ToDictionary(value => value.Key, value => new Value([.. value.Value.Dimensions], value.Value.ElementDataType), StringComparer.Ordinal);
        foreach (var tensor in model.Graph.Initializer)
            values[tensor.Name] = new Value([.. tensor.Dims], (TensorElementType)(int)tensor.Type());
        return values;
    }

    // the layout of one processor is left out: it is the device's that is asked about
    private static ModelProto Optimized(ModelProto model, string where)
    {
        var path = Path.Combine(Path.GetTempPath(), $"niwaki-work-{Guid.NewGuid():n}.onnx");
        try
        {
            using (new OrtRuntime { Optimization = GraphOptimizationLevel.ORT_ENABLE_EXTENDED, OptimizedGraph = path, Arena = false }.Open(model, where))
            {
            }

            return OnnxFile.Parse(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
