using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Lowers the -100 of an attention mask to -200: exp(-100) is a denormal number, which processors compute with many times slower, and
/// exp(-200) is zero. Whether that shows is proved on random inputs.
/// </summary>
internal sealed record DeepenMaskPass : Pass
{
    private const float Deep = -200;

    // exp of anything lower is denormal or zero in float32
    private const float Denormal = -87;

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var index = new GraphIndex(graph);
        var changed = 0;
        foreach (var tensor in graph.Initializer.Where(tensor => tensor.Type() == TensorProto.Types.DataType.Float && tensor.Elements() > 1).ToArray())
        {
            var readers = index.Consumers(tensor.Name);
            if (readers.Count == 0 || !readers.All(reader => reader.IsA("Add") && EndsInSoftmax(index, reader)))
                continue;
            var values = tensor.Floats();
            // a mask holds zeros and one number; biases have all kinds
            var low = values.Min();
            if (low is not (<= Denormal and > Deep) || values.Any(value => value != 0 && value != low))
                continue;
            graph.SetInitializer(TensorValues.Of(tensor.Name, tensor.Shape(), (float[])[.. values.Select(value => value == 0 ? 0 : Deep)]));
            changed++;
        }

        return changed;
    }

    private static bool EndsInSoftmax(GraphIndex index, NodeProto add)
    {
        for (var node = index.OnlyConsumer(add.Output[0]); node is not null; node = index.OnlyConsumer(node.Output[0]))
        {
            if (node.OpType == "Softmax")
                return true;
            if (!node.IsA("Add") && !(MoveTrace.Moves(node) && MoveTrace.IsView(node)))
                return false;
        }

        return false;
    }
}
