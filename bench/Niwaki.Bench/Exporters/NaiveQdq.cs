using Niwaki.Onnx;
using Niwaki.Onnx.Proto;

namespace Niwaki.Bench;

/// <summary>
/// What a converter without knowledge of the network writes: Q/DQ on both sides of every product, attention's included, int8 weights
/// by channel, the smallest and largest value seen as range, the graph otherwise as it came.
/// </summary>
internal static class NaiveQdq
{
    /// <summary>A quantized copy of a graph.</summary>
    /// <param name="model">In float, opset 13 or newer.</param>
    /// <param name="pictures">Preprocessed, to take the ranges from.</param>
    /// <param name="where">Names the graph in an error.</param>
    public static ModelProto Of(ModelProto model, IReadOnlyList<float[]> pictures, string where)
    {
        model = Pass.Run(model, [new FoldConstantsPass(), new DeadNodesPass()]);
        var graph = model.Graph;
        var layouts = GraphProbe.Layouts(model, where);
        var index = new GraphIndex(graph);
        var products = graph.Node.Select(node => Product.Of(node, index, layouts).Found).OfType<Product>().ToArray();
        var values = products.SelectMany(product => product.Factors.Append(product.Result)).Distinct(StringComparer.Ordinal).ToArray();
        var scales = Scales(model, values, layouts, pictures, where);

        var added = new List<NodeProto>();
        var inputs = products.ToDictionary(product => product.Node, product => product.Node.Input[0], (IEqualityComparer<NodeProto>)ReferenceEqualityComparer.Instance);
        foreach (var value in values.Where(value => !index.IsOutput(value)))
        {
            var (scale, zero, codes, result) = (index.Fresh($"{value}_scale"), index.Fresh($"{value}_zero"), index.Fresh($"{value}_codes"), index.Fresh($"{value}_dequantized"));
            graph.Initializer.Add(TensorValues.Scalar(scale, scales[value].Step));
            graph.Initializer.Add(TensorValues.Of(zero, new Shape(), [scales[value].ZeroPoint]));
            foreach (var reader in index.Consumers(value))
                reader.ReplaceInput(value, result);
            added.Add(Node("QuantizeLinear", codes, value, scale, zero));
            added.Add(Node("DequantizeLinear", result, codes, scale, zero));
        }

        foreach (var product in products.Where(product => product.Weight is not null))
            Weights(graph, index, product, scales[inputs[product.Node]].Step, added);
        graph.Node.Add(added);
        new DeadNodesPass().Apply(model);
        graph.ValueInfo.Clear();
        return model;
    }

    private static void Weights(GraphProto graph, GraphIndex index, Product product, float step, List<NodeProto> added)
    {
        var weight = product.Weight!;
        var quantized = new RoundedLayer(product, new GridShape(Cpu.MultipliesInt8 ? 8 : 7), []).ToWeight();
        var channels = new Shape(quantized.Steps.Length);
        var (codes, steps, zeros, result) = (index.Fresh($"{weight.Name}_codes"), index.Fresh($"{weight.Name}_steps"), index.Fresh($"{weight.Name}_zeros"), index.Fresh($"{weight.Name}_dequantized"));
        graph.Initializer.Add(TensorValues.Of(codes, weight.Shape(), quantized.Codes));
        graph.Initializer.Add(TensorValues.Of(steps, channels, quantized.Steps));
        graph.Initializer.Add(TensorValues.Of(zeros, channels, new sbyte[quantized.Steps.Length]));
        added.Add(Node("DequantizeLinear", result, codes, steps, zeros).With("axis", product.Axis));
        product.Node.Input[1] = result;
        if (product.Bias is not { } bias)
            return;
        float[] biasSteps = [.. quantized.Steps.Select(each => each * step)];
        int[] biasCodes = [.. bias.Floats().Zip(biasSteps, (value, each) => (int)Math.Clamp(Math.Round(value / (double)each), int.MinValue, int.MaxValue))];
        var (biased, biasScale, biasName) = (index.Fresh($"{bias.Name}_codes"), index.Fresh($"{bias.Name}_steps"), index.Fresh($"{bias.Name}_dequantized"));
        graph.Initializer.Add(TensorValues.Of(biased, channels, biasCodes));
        graph.Initializer.Add(TensorValues.Of(biasScale, channels, biasSteps));
        added.Add(Node("DequantizeLinear", biasName, biased, biasScale).With("axis", 0));
        product.Node.Input[2] = biasName;
    }

    private static Dictionary<string, AffineScale> Scales(ModelProto model, IReadOnlyList<string> values, IReadOnlyDictionary<string, ValueLayout> layouts, IReadOnlyList<float[]> pictures, string where)
    {
        var ranges = values.ToDictionary(value => value, _ => (Low: 0f, High: 0f), StringComparer.Ordinal);
        using var probe = new GraphProbe(model, values, where);
        foreach (var picture in pictures)
        {
            probe.Run(picture, values, layouts, (value, data, _) =>
            {
                var (low, high) = ranges[value];
                foreach (var each in data)
                    (low, high) = (Math.Min(low, each), Math.Max(high, each));
                ranges[value] = (low, high);
            });
        }

        return ranges.ToDictionary(entry => entry.Key, entry => AffineScale.Of(new ValueRange(entry.Value.Low, entry.Value.High)), StringComparer.Ordinal);
    }

    private static NodeProto Node(string op, string output, params string[] inputs)
    {
        var node = new NodeProto { OpType = op, Name = output };
        node.Input.Add(inputs);
        node.Output.Add(output);
        return node;
    }
}
