using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Shapes of a graph's values without running it: ONNX Runtime infers them when it loads a copy whose large constants are
/// inputs and whose values are all outputs.
/// A value of which it does not know every size is left out. Where the batch is free, two sizes of it show what grows with it.
/// </summary>
internal static class GraphShapes
{
    // what an operator may read as sizes, places or bounds; larger ones are weights, whose values no shape depends on
    private const long SmallElements = 256;

    /// <summary>The layouts of all values that are known; empty where ONNX Runtime cannot load the graph.</summary>
    public static IReadOnlyDictionary<string, ValueLayout> Of(ModelProto model)
    {
        var light = Light(model);
        var free = FreeBatches(light.Graph);
        if (Infer(light, free, 1) is not { } one)
            return new Dictionary<string, ValueLayout>();
        var two = free.Count > 0 ? Infer(light, free, 2) : null;
        var layouts = new Dictionary<string, ValueLayout>(StringComparer.Ordinal);
        foreach (var (name, value) in one)
        {
            var other = two?.GetValueOrDefault(name).Sizes ?? (two is null ? value.Sizes : null);
            if (other is not null && other.Length == value.Sizes.Length)
                layouts[name] = new ValueLayout(value.Sizes, [.. value.Sizes.Zip(other, (a, b) => a != b)], value.Type == TensorElementType.Float);
        }

        return layouts;
    }

    /// <summary>Bytes of every value whose sizes are known, for one picture.</summary>
    public static IReadOnlyDictionary<string, long> BytesOf(ModelProto model)
    {
        var light = Light(model);
        var known = Infer(light, FreeBatches(light.Graph), 1) ?? [];
        return known.ToDictionary(each => each.Key, each => each.Value.Sizes.Aggregate(BytesOf(each.Value.Type), (product, size) => product * size), StringComparer.Ordinal);
    }

    private static long BytesOf(TensorElementType type) => type switch
    {
        TensorElementType.Double or TensorElementType.Int64 or TensorElementType.UInt64 => 8,
        TensorElementType.Float16 or TensorElementType.BFloat16 or TensorElementType.Int16 or TensorElementType.UInt16 => 2,
        TensorElementType.Int8 or TensorElementType.UInt8 or TensorElementType.Bool => 1,
        _ => 4,
    };

    /// <summary>Inputs that are no constants.</summary>
    public static IEnumerable<ValueInfoProto> Inputs(GraphProto graph)
    {
        var constants = graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        return graph.Input.Where(input => !constants.Contains(input.Name));
    }

    /// <summary>The graph with its large constants as inputs and all values as outputs.</summary>
    public static ModelProto Light(ModelProto model)
    {
        // without a clone of the weights
        var graph = new GraphProto { Name = model.Graph.Name };
        graph.Node.AddRange(model.Graph.Node.Select(node => node.Clone()));
        graph.Output.AddRange(model.Graph.Node.SelectMany(node => node.Output).Where(output => output.Length > 0).Select(output => new ValueInfoProto { Name = output }));
        graph.Input.AddRange(Inputs(model.Graph).Select(input => input.Clone()));
        foreach (var tensor in model.Graph.Initializer)
        {
            if (tensor.DataLocation != TensorProto.Types.DataLocation.External && tensor.Elements() <= SmallElements)
                graph.Initializer.Add(tensor);
            else
                graph.Input.Add(new ValueInfoProto { Name = tensor.Name, Type = Type(tensor.DataType, tensor.Dims) });
        }

        graph.SparseInitializer.AddRange(model.Graph.SparseInitializer);
        var light = new ModelProto { IrVersion = Math.Max(model.IrVersion, 4), Graph = graph };
        light.OpsetImport.AddRange(model.OpsetImport);
        light.Functions.AddRange(model.Functions);
        return light;
    }

    // the first size of an input, where it is free; every other free size stays free, and what depends on it unknown
    private static List<TensorShapeProto.Types.Dimension> FreeBatches(GraphProto graph) =>
        [.. graph.Input.Where(input => input.Type?.TensorType?.Shape is { Dim: [{ DimValue: < 1 }, ..] }).Select(input => input.Type.TensorType.Shape.Dim[0])];

    private static Dictionary<string, (int[] Sizes, TensorElementType Type)>? Infer(ModelProto light, List<TensorShapeProto.Types.Dimension> batches, int batch)
    {
        batches.ForEach(dimension => dimension.DimValue = batch);
        try
        {
            using var session = new OrtRuntime { Optimization = GraphOptimizationLevel.ORT_DISABLE_ALL, Arena = false }.Open(light, "shapes");
            var known = new Dictionary<string, (int[] Sizes, TensorElementType Type)>(StringComparer.Ordinal);
            foreach (var (name, value) in session.InputMetadata.Concat(session.OutputMetadata))
            {
                // no sizes: a single number, or a shape that is not known
                if (value.IsTensor && value.Dimensions.Length > 0 && value.Dimensions.All(size => size >= 0))
                    known[name] = (value.Dimensions, value.ElementDataType);
            }

            return known;
        }
        catch (StageException)
        {
            // operators that ONNX Runtime does not have, or shapes that do not fit this batch
            return null;
        }
    }

    /// <summary>A tensor's type.</summary>
    public static TypeProto Type(int type, IEnumerable<long> sizes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(sizes.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = shape } };
    }
}
