using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>The bias of a product: its third input, or for a MatMul the constant vector that an Add behind it adds.</summary>
internal static class LayerBias
{
    /// <summary>Whether a change of the bias needs no node that is not there yet.</summary>
    public static bool Has(NodeProto node, GraphIndex index) => node.OpType != "MatMul" || AddBehind(node, index) is not null;

    /// <summary>Adds to the bias, which must be one number a channel and the product's own; a product without one gets one.</summary>
    public static void Add(GraphProto graph, NodeProto node, double[] change)
    {
        var index = new GraphIndex(graph);
        if (node.OpType == "MatMul")
        {
            var (add, place) = AddBehind(node, index) ?? throw new ArgumentException($"{node.Name} has no bias", nameof(node));
            Write(graph, index.Constant(add.Input[place])!, change);
        }
        else if (node.Input.Count > 2 && node.Input[2].Length > 0)
        {
            Write(graph, index.Constant(node.Input[2])!, change);
        }
        else
        {
            var name = index.Fresh($"{node.Name}.bias");
            graph.Initializer.Add(TensorValues.Of(name, new Shape(change.Length), (float[])[.. change.Select(value => (float)value)]));
            if (node.Input.Count > 2)
                node.Input[2] = name;
            else
                node.Input.Add(name);
        }
    }

    /// <summary>The Add of a constant vector that alone reads a product, and which of its inputs the vector is.</summary>
    public static (NodeProto Node, int Place)? AddBehind(NodeProto node, GraphIndex index)
    {
        if (index.OnlyConsumer(node.Output[0]) is not { OpType: "Add" } add || index.Constant(node.Input[1]) is not { } weight)
            return null;
        var place = add.Input[0] == node.Output[0] ? 1 : 0;
        return index.Constant(add.Input[place]) is { } vector && vector.Elements() == weight.Dims[^1] && vector.Dims.Count > 0 && vector.Dims[^1] == weight.Dims[^1] ? (add, place) : null;
    }

    private static void Write(GraphProto graph, TensorProto bias, double[] change)
    {
        var values = bias.Floats();
        if (values.Length == 1 && change.Length > 1)
            values = [.. Enumerable.Repeat(values[0], change.Length)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(values[i] + change[i]);
        graph.SetInitializer(TensorValues.Of(bias.Name, values.Length == bias.Elements() ? bias.Shape() : new Shape(values.Length), values));
    }
}
