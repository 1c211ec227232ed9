using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Writes linear layers as DynamicQuantizeMatMul, and convolutions as DynamicQuantizeLinear and ConvInteger.</summary>
internal sealed class DynamicWriter(Quantization quantization)
{
    private readonly GraphProto graph = quantization.Model.Graph;
    private readonly GraphIndex index = new(quantization.Model.Graph);
    private readonly List<NodeProto> added = [];
    private readonly HashSet<NodeProto> gone = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, string> quantized = new(StringComparer.Ordinal);

    /// <summary>Changes the graph in place.</summary>
    public void Apply()
    {
        foreach (var product in quantization.Plan.Products)
        {
            if (product.Node.OpType == "Conv")
                WriteConvolution(product);
            else
                WriteLinear(product);
            gone.Add(product.Node);
        }

        foreach (var node in gone)
            graph.Node.Remove(node);
        graph.Node.Add(added);
        new DeadNodesPass().Apply(quantization.Model);
        quantization.Model.Import(GraphEdits.MicrosoftDomain);
    }

    private void WriteLinear(Product product)
    {
        var node = product.Node;
        var layer = quantization.Weights[node.Name];
        var (output, bias) = (node.Output[0], product.Bias?.Floats());
        if (node.OpType == "MatMul" && LayerBias.AddBehind(node, index) is { } behind)
        {
            (output, bias) = (behind.Node.Output[0], index.Constant(behind.Node.Input[behind.Place])!.Floats());
            gone.Add(behind.Node);
        }

        // [inputs, outputs], as the operator wants it
        var codes = new sbyte[layer.Count];
        for (var i = 0; i < codes.Length; i++)
            codes[(i % layer.Width * layer.Outputs) + (i / layer.Width)] = (sbyte)layer.Code(i);
        string[] inputs = [node.Input[0], Store(node, "codes", name => TensorValues.Of(name, new Shape(layer.Width, layer.Outputs), codes)), Scales(node, layer), string.Empty, .. Bias(node, layer.Outputs, bias)];
        Add("DynamicQuantizeMatMul", node.Name, [.. inputs.Reverse().SkipWhile(input => input.Length == 0).Reverse()], output).Domain = GraphEdits.MicrosoftDomain;
    }

    private void WriteConvolution(Product product)
    {
        var node = product.Node;
        var layer = quantization.Weights[node.Name];
        if (!quantized.TryGetValue(node.Input[0], out var activations))
        {
            activations = quantized[node.Input[0]] = index.Fresh($"{node.Input[0]}_codes");
            var quantize = Add("DynamicQuantizeLinear", index.Fresh($"{activations}_quantize"), [node.Input[0]], activations);
            quantize.Output.Add([$"{activations}_scale", $"{activations}_zero"]);
        }

        // ONNX Runtime's ConvInteger takes unsigned weights on every CPU
        var codes = new byte[layer.Count];
        for (var i = 0; i < codes.Length; i++)
            codes[i] = (byte)(layer.Code(i) + 128);
        var sum = index.Fresh($"{node.Name}_sum");
        var convolution = Add("ConvInteger", node.Name, [activations, Store(node, "codes", name => TensorValues.Of(name, product.Weight!.Shape(), codes)), $"{activations}_zero", Store(node, "zero", name => TensorValues.Of(name, new Shape(), [(byte)128]))], sum);
        convolution.Attribute.AddRange(node.Attribute);
        var axes = Enumerable.Repeat(1, product.Weight!.Dims.Count - 2).ToArray();
        var steps = Store(node, "scale", name => TensorValues.Of(name, new Shape((int[])[layer.Grid.Steps.Length, .. axes]), (float[])[.. layer.Grid.Steps.Select(step => (float)step)]));
        var (real, scale, scaled) = (index.Fresh($"{node.Name}_real"), index.Fresh($"{node.Name}_scales"), index.Fresh($"{node.Name}_scaled"));
        var bias = Bias(node, layer.Outputs, product.Bias?.Floats());
        Add("Cast", $"{node.Name}_cast", [sum], real).With("to", (int)TensorProto.Types.DataType.Float);
        Add("Mul", $"{node.Name}_both", [$"{activations}_scale", steps], scale);
        Add("Mul", $"{node.Name}_scale", [real, scale], bias.Length > 0 ? scaled : node.Output[0]);
        if (bias.Length == 0)
            return;
        var constant = graph.Initializer.First(tensor => tensor.Name == bias[0]);
        graph.SetInitializer(TensorValues.Of(constant.Name, new Shape((int[])[layer.Outputs, .. axes]), constant.Floats()));
        Add("Add", $"{node.Name}_bias", [scaled, bias[0]], node.Output[0]);
    }

    private string Scales(NodeProto node, RoundedLayer layer) => Store(node, "scale", name => layer.Grid.Shape.IsPerChannel
        ? TensorValues.Of(name, new Shape(layer.Outputs), (float[])[.. layer.Grid.Steps.Select(step => (float)step)])
        : TensorValues.Scalar(name, (float)layer.Grid.Steps[0]));

    private string[] Bias(NodeProto node, int outputs, float[]? bias)
    {
        var correction = quantization.Corrections.GetValueOrDefault(node.Name);
        if (bias is null && correction is null)
            return [];
        return [Store(node, "offset", name => TensorValues.Of(name, new Shape(outputs), (float[])[.. Enumerable.Range(0, outputs).Select(i => (bias?[bias.Length == 1 ? 0 : i] ?? 0) + (correction?[i] ?? 0))]))];
    }

    private string Store(NodeProto node, string what, Func<string, TensorProto> make)
    {
        var name = index.Fresh($"{node.Name}.{what}");
        graph.Initializer.Add(make(name));
        return name;
    }

    private NodeProto Add(string op, string name, string[] inputs, string output)
    {
        var node = new NodeProto { OpType = op, Name = name };
        node.Input.Add(inputs);
        node.Output.Add(output);
        added.Add(node);
        return node;
    }
}
