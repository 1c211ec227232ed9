using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Writes weights in fewer bits: behind a DequantizeLinear, or in blocks into a MatMulNBits.</summary>
internal sealed class WeightOnlyWriter(Quantization quantization, WeightOnlyScheme scheme)
{
    private readonly GraphProto graph = quantization.Model.Graph;
    private readonly GraphIndex index = new(quantization.Model.Graph);
    private readonly List<NodeProto> added = [];
    private readonly HashSet<NodeProto> gone = new(ReferenceEqualityComparer.Instance);

    /// <summary>Changes the graph in place.</summary>
    public void Apply()
    {
        foreach (var product in quantization.Plan.Products)
        {
            if (scheme.IsBlocked(product))
                WriteBlocks(product);
            else
                WriteChannels(product);
        }

        foreach (var node in gone)
            graph.Node.Remove(node);
        graph.Node.Add(added);
        new DeadNodesPass().Apply(quantization.Model);
        if (quantization.Plan.Products.Any(scheme.IsBlocked))
            quantization.Model.Import(GraphEdits.MicrosoftDomain);
    }

    private void WriteChannels(Product product)
    {
        var (node, weight) = (product.Node, quantization.Weights[product.Node.Name].ToWeight());
        var result = index.Fresh($"{node.Name}.weights");
        var dequantize = new NodeProto { OpType = "DequantizeLinear", Name = index.Fresh($"{node.Name}_weights") };
        dequantize.Input.Add([Store(node, "codes", name => TensorValues.Of(name, product.Weight!.Shape(), weight.Codes)), Store(node, "scale", name => TensorValues.Of(name, new Shape(weight.Steps.Length), weight.Steps))]);
        dequantize.Output.Add(result);
        added.Add(dequantize.With("axis", product.Axis));
        node.Input[1] = result;
        if (!quantization.Corrections.TryGetValue(node.Name, out var correction))
            return;
        // a bias of its own: the old one may be another layer's too
        var bias = product.Bias?.Floats();
        var offset = Store(node, "offset", name => TensorValues.Of(name, new Shape(correction.Length), (float[])[.. correction.Select((value, i) => value + (bias?[bias.Length == 1 ? 0 : i] ?? 0))]));
        if (node.Input.Count > 2)
            node.Input[2] = offset;
        else
            node.Input.Add(offset);
    }

    private void WriteBlocks(Product product)
    {
        var node = product.Node;
        var layer = quantization.Weights[node.Name];
        var (output, bias) = (node.Output[0], product.Bias?.Floats());
        if (node.OpType == "MatMul" && LayerBias.AddBehind(node, index) is { } behind)
        {
            (output, bias) = (behind.Node.Output[0], index.Constant(behind.Node.Input[behind.Place])!.Floats());
            gone.Add(behind.Node);
        }

        if (quantization.Corrections.TryGetValue(node.Name, out var correction))
            bias = [.. correction.Select((value, i) => value + (bias?[bias.Length == 1 ? 0 : i] ?? 0))];
        var (blocks, outputs) = (layer.Grid.Blocks, layer.Outputs);
        var packed = new NodeProto { OpType = "MatMulNBits", Name = node.Name, Domain = GraphEdits.MicrosoftDomain };
        packed.Input.Add([
            node.Input[0],
            Store(node, "codes", name => TensorValues.Of(name, new Shape(outputs, blocks, scheme.Block / 2), Codes(layer))),
            Store(node, "scale", name => TensorValues.Of(name, new Shape(outputs * blocks), (float[])[.. layer.Grid.Steps.Select(step => (float)step)])),
            scheme.Symmetric ? string.Empty : Store(node, "zeros", name => TensorValues.Of(name, new Shape(outputs * ((blocks + 1) / 2)), Zeros(layer)))]);
        if (bias is not null)
            packed.Input.Add([string.Empty, Store(node, "offset", name => TensorValues.Of(name, new Shape(outputs), bias.Length == outputs ? bias : [.. Enumerable.Repeat(bias[0], outputs)]))]);
        while (packed.Input[^1].Length == 0)
            packed.Input.RemoveAt(packed.Input.Count - 1);
        packed.Output.Add(output);
        packed.With("K", layer.Width).With("N", outputs).With("bits", scheme.Bits).With("block_size", scheme.Block);
        if (scheme.Int8Products)
            packed.With("accuracy_level", 4);
        added.Add(packed);
        gone.Add(node);
    }

    /// <summary>Two codes a byte, the first in the lower half; what lies behind the last weight of an output is zero.</summary>
    private byte[] Codes(RoundedLayer layer)
    {
        var (each, bytes) = (layer.Grid.Blocks * scheme.Block, new byte[layer.Outputs * layer.Grid.Blocks * scheme.Block / 2]);
        for (var output = 0; output < layer.Outputs; output++)
        {
            for (var input = 0; input < each; input++)
            {
                var code = input < layer.Width ? layer.Code((output * layer.Width) + input) : layer.Grid.Zeros[layer.Grid.At(output, input)];
                bytes[((output * each) + input) / 2] |= (byte)(code << (input % 2 * 4));
            }
        }

        return bytes;
    }

    private static byte[] Zeros(RoundedLayer layer)
    {
        var each = (layer.Grid.Blocks + 1) / 2;
        var bytes = new byte[layer.Outputs * each];
        for (var i = 0; i < layer.Grid.Zeros.Length; i++)
        {
            var (output, block) = (i / layer.Grid.Blocks, i % layer.Grid.Blocks);
            bytes[(output * each) + (block / 2)] |= (byte)(layer.Grid.Zeros[i] << (block % 2 * 4));
        }

        return bytes;
    }

    private string Store(NodeProto node, string what, Func<string, TensorProto> make)
    {
        var name = index.Fresh($"{node.Name}.{what}");
        graph.Initializer.Add(make(name));
        return name;
    }
}
