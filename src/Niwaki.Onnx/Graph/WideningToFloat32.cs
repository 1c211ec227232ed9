using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>
/// Makes a graph of 16-bit or 64-bit floats one of 32 bits, inputs and outputs as well. Every 16-bit number is one of 32 bits too; 64-bit
/// ones are rounded.
/// </summary>
internal static class WideningToFloat32
{
    private static readonly HashSet<string> Products = ["Conv", "ConvTranspose", "Gemm", "MatMul"];

    // attributes that name an element type
    private static readonly Dictionary<string, string> TypeAttributes = new(StringComparer.Ordinal)
    {
        ["Cast"] = "to",
        ["RandomNormal"] = "dtype",
        ["RandomUniform"] = "dtype",
        ["RandomNormalLike"] = "dtype",
        ["RandomUniformLike"] = "dtype",
        ["EyeLike"] = "dtype",
        ["Bernoulli"] = "dtype",
        ["SequenceEmpty"] = "dtype",
    };

    /// <summary>Types in which products are written that the engine has no kernels for.</summary>
    public static IReadOnlyCollection<DataType> Unsupported(ModelProto model) => [.. OfProducts(model).Where(type => type is DataType.Bfloat16 or DataType.Double)];

    /// <summary>Types of floats, other than of 32 bits, in which products are written.</summary>
    public static IReadOnlyCollection<DataType> OfProducts(ModelProto model)
    {
        var types = new SortedSet<DataType>();
        See(model.Graph);
        return types;

        void See(GraphProto graph)
        {
            var index = new GraphIndex(graph);
            foreach (var node in graph.Node)
            {
                if (Products.Contains(node.OpType) && node.Input.Count > 1 && index.Constant(node.Input[1]) is { } weight && weight.Type() is DataType.Float16 or DataType.Bfloat16 or DataType.Double)
                    types.Add(weight.Type());
                foreach (var nested in node.Nested())
                    See(nested);
            }
        }
    }

    /// <summary>Changes a graph in place.</summary>
    /// <returns>How many constants changed their type.</returns>
    public static int Apply(ModelProto model, IReadOnlyCollection<DataType> types)
    {
        var changed = Apply(model.Graph, types);
        foreach (var node in model.Functions.SelectMany(function => function.Node))
            changed += Apply(node, types);
        return changed;
    }

    private static int Apply(GraphProto graph, IReadOnlyCollection<DataType> types)
    {
        var changed = 0;
        foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
            Apply(value.Type, types);
        for (var i = 0; i < graph.Initializer.Count; i++)
        {
            if (!types.Contains(graph.Initializer[i].Type()))
                continue;
            graph.Initializer[i] = Wide(graph.Initializer[i]);
            changed++;
        }

        return changed + graph.Node.Sum(node => Apply(node, types));
    }

    private static int Apply(NodeProto node, IReadOnlyCollection<DataType> types)
    {
        var changed = 0;
        foreach (var attribute in node.Attribute)
        {
            if (attribute.T is { } tensor && types.Contains(tensor.Type()))
            {
                attribute.T = Wide(tensor);
                changed++;
            }

            if (TypeAttributes.GetValueOrDefault(node.OpType) == attribute.Name && types.Contains((DataType)attribute.I))
                attribute.I = (int)DataType.Float;
        }

        return changed + node.Nested().Sum(graph => Apply(graph, types));
    }

    private static void Apply(TypeProto? type, IReadOnlyCollection<DataType> types)
    {
        if (type?.TensorType is { } tensor && types.Contains((DataType)tensor.ElemType))
            tensor.ElemType = (int)DataType.Float;
        if (type?.SequenceType is { } sequence)
            Apply(sequence.ElemType, types);
        if (type?.OptionalType is { } optional)
            Apply(optional.ElemType, types);
    }

    private static TensorProto Wide(TensorProto tensor) => TensorValues.Of(tensor.Name, tensor.Shape(), tensor.Floats());
}
