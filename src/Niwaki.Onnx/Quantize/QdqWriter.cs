using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Puts a plan into a graph: QuantizeLinear and DequantizeLinear around 8-bit nodes, int8 weights, int32 biases.</summary>
internal sealed class QdqWriter(GraphProto graph, QuantizationPlan plan, IReadOnlyDictionary<string, AffineScale> scales, IReadOnlyDictionary<string, RoundedLayer> weights)
{
    /// <summary>A bias is an int32 in units of input scale times weight scale; this leaves a bit for rounding and for the sum.</summary>
    public const float LargestBias = 1 << 30;
    private readonly GraphIndex index = new(graph);
    private readonly List<NodeProto> added = [];
    private readonly Dictionary<string, string> zeroPoints = new(StringComparer.Ordinal);
    private int count;
    private readonly Dictionary<NodeProto, string> inputs = plan.Products.ToDictionary(product => product.Node, product => product.Node.Input[0], (IEqualityComparer<NodeProto>)ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, (string Scale, string ZeroPoint)> written = new(StringComparer.Ordinal);

    /// <summary>Whether activations are int8 with zero in the middle.</summary>
    public bool IsSymmetric { get; init; }

    /// <summary>Changes the graph in place.</summary>
    /// <param name="corrections">What is added to the bias of a product, for each output channel, by the product's node name.</param>
    public void Apply(IReadOnlyDictionary<string, float[]> corrections)
    {
        var dequantized = new Dictionary<string, string>(StringComparer.Ordinal);
        var quantized = plan.Values.ToHashSet(StringComparer.Ordinal);
        var readers = plan.Values.ToDictionary(value => value, index.Consumers, StringComparer.Ordinal);
        foreach (var value in plan.Values)
            dequantized[value] = Surround(value);
        foreach (var value in plan.Values)
        {
            // an 8-bit node's result exists in 8 bits only; a float value stays for those that read it as float
            var made = MadeIn8Bits(value);
            foreach (var reader in readers[value].Where(reader => made || plan.Chose(reader)))
            {
                for (var i = 0; i < reader.Input.Count; i++)
                {
                    if (reader.Input[i] == value)
                        reader.Input[i] = dequantized[value];
                }
            }
        }

        foreach (var product in plan.Products.Where(product => product.Weight is not null))
            WriteWeights(product, corrections.GetValueOrDefault(product.Node.Name));
        graph.Node.Add(added);
        var ordered = new GraphIndex(graph).TopologicalOrder();
        graph.Node.Clear();
        graph.Node.Add(ordered);
        DropUnread();
    }

    // names of thousands of small things: in a small network long ones would weigh more than its weights
    private string Fresh(char kind, int number) => index.Fresh($"{kind}{number}");

    private string ZeroPoint(string wish, Func<string, TensorProto> make)
    {
        if (zeroPoints.TryGetValue(wish, out var name))
            return name;
        name = zeroPoints[wish] = index.Fresh(wish);
        graph.Initializer.Add(make(name));
        return name;
    }

    private bool MadeIn8Bits(string value) => index.Producer(value) is { } node && (plan.Makes8Bits(node) ? plan.Result(node) == value || node.Output.IndexOf(value) > 0 : node.OpType is "Relu" or "Clip" && index.Producer(node.Input[0]) is { } before && plan.Makes8Bits(before) && plan.Result(before) == value);

    private string Surround(string value)
    {
        var (scale, zeroPoint) = ScaleNames(plan.ScaleOf(value));
        var source = value;
        var number = ++count;
        var result = Fresh('d', number);
        if (MadeIn8Bits(value) && index.IsOutput(value))
        {
            source = index.Fresh($"{value}_float");
            var producer = index.Producer(value)!;
            producer.Output[producer.Output.IndexOf(value)] = source;
            result = value;
        }

        source = Clipped(source, plan.ScaleOf(value));
        var codes = Fresh('q', number);
        added.Add(Node("QuantizeLinear", codes, source, scale, zeroPoint));
        var back = Node("DequantizeLinear", result, codes, scale, zeroPoint);
        // other exporters name nodes like their values
        if (result == value)
            back.Name = index.Fresh($"{value}_dequantized");
        added.Add(back);
        return result;
    }

    /// <summary>Cuts off what has no code, where codes end below those of 8 bits: QuantizeLinear itself saturates at 255.</summary>
    private string Clipped(string value, string root)
    {
        var scale = scales[root];
        if (scale.Highest == byte.MaxValue)
            return value;
        var number = ++count;
        var (low, high, result) = (Fresh('s', number), Fresh('h', number), Fresh('c', number));
        graph.Initializer.Add(TensorValues.Scalar(low, (float)scale.Range.Low));
        graph.Initializer.Add(TensorValues.Scalar(high, (float)scale.Range.High));
        added.Add(Node("Clip", result, value, low, high));
        return result;
    }

    private (string Scale, string ZeroPoint) ScaleNames(string root)
    {
        if (written.TryGetValue(root, out var names))
            return names;
        names = (Fresh('s', ++count), IsSymmetric ? ZeroPoint("z0s", name => TensorValues.Of(name, new Shape(), [(sbyte)0])) : ZeroPoint($"z{scales[root].ZeroPoint}", name => TensorValues.Of(name, new Shape(), [scales[root].ZeroPoint])));
        graph.Initializer.Add(TensorValues.Scalar(names.Scale, scales[root].Step));
        return written[root] = names;
    }

    private void WriteWeights(Product product, float[]? correction)
    {
        var weight = product.Weight!;
        var quantized = weights[product.Node.Name].ToWeight();
        var channels = quantized.Steps.Length;
        var number = ++count;
        var (codes, steps, result) = (Fresh('w', number), Fresh('s', number), Fresh('d', number));
        var zeros = ZeroPoint($"z0x{channels}", name => TensorValues.Of(name, new Shape(channels), new sbyte[channels]));
        graph.Initializer.Add(TensorValues.Of(codes, weight.Shape(), quantized.Codes));
        graph.Initializer.Add(TensorValues.Of(steps, new Shape(channels), quantized.Steps));
        added.Add(Node("DequantizeLinear", result, codes, steps, zeros).With("axis", product.Axis));
        product.Node.Input[1] = result;
        if ((product.Bias is null && correction is null) || product.Node.OpType == "MatMul")
            return;

        var input = plan.ScaleOf(inputs[product.Node]);
        var bias = product.Bias?.Floats() ?? new float[channels];
        var (biasSteps, biasCodes) = (new float[channels], new int[channels]);
        for (var i = 0; i < channels; i++)
        {
            biasSteps[i] = scales[input].Step * quantized.Steps[i];
            biasCodes[i] = (int)Math.Clamp(Math.Round((bias[i] + (correction?[i] ?? 0)) / (double)biasSteps[i]), -2 * (double)LargestBias + 1, 2 * (double)LargestBias - 1);
        }

        number = ++count;
        (codes, steps, result) = (Fresh('b', number), Fresh('s', number), Fresh('d', number));
        graph.Initializer.Add(TensorValues.Of(codes, new Shape(channels), biasCodes));
        graph.Initializer.Add(TensorValues.Of(steps, new Shape(channels), biasSteps));
        added.Add(Node("DequantizeLinear", result, codes, steps).With("axis", 0));
        if (product.Node.Input.Count > 2)
            product.Node.Input[2] = result;
        else
            product.Node.Input.Add(result);
    }

    private NodeProto Node(string op, string output, params ReadOnlySpan<string> inputNames)
    {
        var node = new NodeProto { OpType = op, Name = output };
        node.Input.Add(inputNames.ToArray());
        node.Output.Add(output);
        return node;
    }

    private void DropUnread()
    {
        var read = graph.Node.SelectMany(GraphIndex.Reads).Concat(graph.Output.Select(output => output.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in graph.Initializer.Where(tensor => !read.Contains(tensor.Name)).ToArray())
            graph.Initializer.Remove(tensor);
        foreach (var node in graph.Node.Where(node => node.OpType == "Constant" && !read.Contains(node.Output[0])).ToArray())
            graph.Node.Remove(node);
        var made = graph.Node.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        foreach (var info in graph.ValueInfo.Where(info => !made.Contains(info.Name)).ToArray())
            graph.ValueInfo.Remove(info);
    }
}
