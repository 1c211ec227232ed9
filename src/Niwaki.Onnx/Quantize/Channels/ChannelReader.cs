using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A product with constant weights that reads the channels of a value.</summary>
/// <param name="Node">Conv, Gemm or MatMul.</param>
/// <param name="TakesShift">Whether a constant added to each channel can go into its bias.</param>
internal sealed record ChannelReader(NodeProto Node, bool TakesShift)
{
    /// <summary>The largest weight of each input channel is put into <paramref name="sizes"/> where it is larger.</summary>
    public void Measure(GraphProto graph, double[] sizes)
    {
        var (tensor, layout) = Weights(graph);
        var values = tensor.Floats();
        for (var i = 0; i < values.Length; i++)
        {
            ref var size = ref sizes[layout.InputOf(i)];
            size = Math.Max(size, Math.Abs(values[i]));
        }
    }

    /// <summary>Multiplies the weights of each input channel.</summary>
    public void Multiply(GraphProto graph, double[] by)
    {
        var (tensor, layout) = Weights(graph);
        var values = tensor.Floats();
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(values[i] * by[layout.InputOf(i)]);
        graph.SetInitializer(TensorValues.Of(tensor.Name, tensor.Shape(), values));
    }

    /// <summary>Takes into the bias that <paramref name="shift"/> was added to the channels: <c>b - W shift</c>.</summary>
    public void AbsorbShift(GraphProto graph, double[] shift)
    {
        var (tensor, layout) = Weights(graph);
        var values = tensor.Floats();
        var change = new double[layout.Outputs];
        for (var i = 0; i < values.Length; i++)
            change[layout.OutputOf(i)] -= values[i] * shift[layout.InputOf(i)];
        LayerBias.Add(graph, Node, change);
    }

    private (TensorProto Tensor, WeightLayout Layout) Weights(GraphProto graph)
    {
        var tensor = graph.Initializer.First(tensor => tensor.Name == Node.Input[1]);
        return (tensor, WeightLayout.Of(Node, tensor));
    }
}
