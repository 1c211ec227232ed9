using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Folds a BatchNorm into the convolution before it, computed in float64.</summary>
internal sealed record FoldBatchNormPass : Pass
{
    private const float DefaultEpsilon = 1e-5f;

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var folded = 0;
        foreach (var norm in graph.Node.Where(node => node.OpType == "BatchNormalization").ToArray())
        {
            var index = new GraphIndex(graph);
            if (index.Producer(norm.Input[0]) is not { OpType: "Conv" } conv || index.OnlyConsumer(conv.Output[0]) != norm || norm.Output.Count > 1)
                continue;
            if (index.Constant(conv.Input[1]) is not { } weight || index.OnlyConsumer(conv.Input[1]) != conv)
                continue;
            var bias = conv.Input.Count > 2 ? index.Constant(conv.Input[2]) : null;
            if (conv.Input.Count > 2 && (bias is null || index.OnlyConsumer(conv.Input[2]) != conv))
                continue;
            var constants = norm.Input.Skip(1).Select(index.Constant).OfType<TensorProto>().Select(tensor => tensor.Floats()).ToArray();
            if (constants is not [var gain, var offset, var mean, var variance])
                continue;

            var weights = weight.Floats();
            var biases = bias?.Floats() ?? new float[gain.Length];
            var each = weights.Length / gain.Length;
            var epsilon = (double)norm.Float("epsilon", DefaultEpsilon);
            for (var channel = 0; channel < gain.Length; channel++)
            {
                var factor = gain[channel] / Math.Sqrt(variance[channel] + epsilon);
                for (var i = channel * each; i < (channel + 1) * each; i++)
                    weights[i] = (float)(weights[i] * factor);
                biases[channel] = (float)(((biases[channel] - (double)mean[channel]) * factor) + offset[channel]);
            }

            graph.SetInitializer(TensorValues.Of(weight.Name, weight.Shape(), weights));
            var name = bias?.Name ?? index.Fresh(weight.Name.EndsWith(".weight", StringComparison.Ordinal) ? weight.Name[..^".weight".Length] + ".bias" : weight.Name + ".bias");
            graph.SetInitializer(TensorValues.Of(name, new Shape(biases.Length), biases));
            if (bias is null)
                conv.Input.Add(name);
            graph.Absorb(conv, norm, index);
            folded++;
        }

        return folded;
    }
}
