using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>
/// Counts a graph of any origin. Shapes are ONNX Runtime's: a copy of the graph gives the shapes of its products instead of its
/// outputs, and with a fixed input ONNX Runtime computes hardly anything to know them.
/// </summary>
internal static class GraphCost
{
    /// <summary>Metadata entry with the parameters of the network a graph was written from; folding changes the count of constants.</summary>
    public const string ParametersKey = "niwaki.parameters";

    // operator to the place of its second factor
    internal static readonly Dictionary<string, int> Products = new(StringComparer.Ordinal)
    {
        ["Conv"] = 1,
        ["ConvTranspose"] = 1,
        ["ConvInteger"] = 1,
        ["QLinearConv"] = 3,
        ["FusedConv"] = 1,
        ["Gemm"] = 1,
        ["QGemm"] = 3,
        ["FusedGemm"] = 1,
        ["MatMul"] = 1,
        ["FusedMatMul"] = 1,
        ["MatMulInteger"] = 1,
        ["MatMulIntegerToFloat"] = 1,
        ["DynamicQuantizeMatMul"] = 1,
        ["QLinearMatMul"] = 3,
        ["MatMulNBits"] = 1,
    };

    /// <summary>Parameters and multiply-accumulates for one picture.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="input">The shape of the pictures; their number is divided out.</param>
    /// <param name="where">Names the graph in an error.</param>
    public static ModelCost Of(ModelProto model, Shape input, string where) => new(Parameters(model), new Macs(CountMacs(model, input, where) / input[0]));

    private static long Parameters(ModelProto model)
    {
        if (model.Metadata(ParametersKey) is { } text && long.TryParse(text, CultureInfo.InvariantCulture, out var known))
            return known;
        var index = new GraphIndex(model.Graph);
        return model.Graph.Initializer.Where(tensor => IsWeight(tensor, index)).Sum(tensor => tensor.Elements());
    }

    private static bool IsWeight(TensorProto tensor, GraphIndex index)
    {
        if (tensor.Dims.Count == 0 || tensor.Name.StartsWith(GraphWriter.ConstantPrefix, StringComparison.Ordinal))
            return false;
        return index.Consumers(tensor.Name).Any(node => tensor.Type() switch
        {
            DataType.Float or DataType.Float16 or DataType.Double or DataType.Bfloat16 =>
                node.OpType is not ("QuantizeLinear" or "DequantizeLinear" or "Resize" or "Upsample" or "Clip" or "QLinearConv" or "QGemm" or "QLinearMatMul" or "DynamicQuantizeMatMul")
                || node.Input[0] == tensor.Name
                || (node.OpType == "DynamicQuantizeMatMul" && node.Input.Count > 4 && node.Input[4] == tensor.Name),
            DataType.Int8 or DataType.Uint8 or DataType.Int4 or DataType.Uint4 or DataType.Int16 or DataType.Int32 =>
                (node.OpType == "DequantizeLinear" && node.Input[0] == tensor.Name)
                || (Products.TryGetValue(node.OpType, out var place) && node.Input.Count > place && node.Input[place] == tensor.Name)
                || (node.OpType == "QLinearConv" && node.Input.Count > 8 && node.Input[8] == tensor.Name)
                || (node.OpType == "QGemm" && node.Input.Count > 6 && node.Input[6] == tensor.Name),
            _ => false,
        });
    }

    private static long CountMacs(ModelProto model, Shape input, string where)
    {
        var asking = model.Clone();
        var graph = asking.Graph;
        var products = graph.Node.Where(IsProduct).ToArray();
        if (products.Length == 0)
            return 0;
        var index = new GraphIndex(graph);
        Fix(graph, input, where);
        graph.Output.Clear();
        graph.ValueInfo.Clear();
        var questions = products.SelectMany(node => new[] { node.Input[0], node.Input[Products[node.OpType]], node.Output[0] }).Distinct(StringComparer.Ordinal).ToArray();
        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var value in questions)
        {
            var name = answers[value] = index.Fresh($"{value}.shape");
            graph.Node.Add(new NodeProto { OpType = "Shape", Name = name, Input = { value }, Output = { name } });
            graph.Output.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Int64, Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension() } } } } });
        }

        using var session = new OrtRuntime { Optimization = GraphOptimizationLevel.ORT_ENABLE_BASIC, Arena = false }.Open(asking, where);
        using var options = new RunOptions();
        using var picture = Picture(session, input);
        using var results = OrtRuntime.Guard(where, () => session.Run(options, [session.InputNames[0]], [picture], [.. answers.Values]));
        var shapes = answers.Keys.Zip(results).ToDictionary(pair => pair.First, pair => pair.Second.GetTensorDataAsSpan<long>().ToArray(), StringComparer.Ordinal);
        return products.Sum(node => Macs(node, shapes[node.Input[0]], shapes[node.Input[Products[node.OpType]]], shapes[node.Output[0]]));
    }

    // pooling by a constant matrix is no product of the network
    private static bool IsProduct(NodeProto node) =>
        Products.TryGetValue(node.OpType, out var place) && node.Input.Count > place && !node.Input[place].StartsWith(GraphWriter.ConstantPrefix, StringComparison.Ordinal);

    internal static void Fix(GraphProto graph, Shape input, string where)
    {
        var constants = graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var pictures = graph.Input.Where(each => !constants.Contains(each.Name)).ToArray();
        if (pictures is not [{ Type.TensorType: { } type }])
            throw new StageException($"{where}: has {pictures.Length} inputs; one picture is expected.");
        type.Shape = new TensorShapeProto();
        type.Shape.Dim.AddRange(input.Dimensions.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
    }

    private static OrtValue Picture(InferenceSession session, Shape input)
    {
        var type = session.InputMetadata[session.InputNames[0]].ElementDataType;
        return OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, [.. input.Dimensions.Select(size => (long)size)]);
    }

    internal static long Macs(NodeProto node, long[] left, long[] right, long[] output)
    {
        static long Count(IEnumerable<long> shape) => shape.Aggregate(1L, (product, size) => product * size);
        return node.OpType switch
        {
            "ConvTranspose" => Count(left) * Count(right.Skip(1)),
            "Conv" or "ConvInteger" or "QLinearConv" or "FusedConv" => Count(output) * Count(right.Skip(1)),
            _ => Count(output) * (node.Int("transA", 0) != 0 ? left[^2] : left[^1]),
        };
    }
}
