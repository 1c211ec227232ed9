using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>
/// Rounds the weights of each layer one input after another, and lets those not yet rounded take up the error that this makes in the outputs on the
/// calibration pictures (GPTQ, arXiv:2210.17323, algorithm 1). Inputs with much energy come first. For linear layers and, through the
/// patches that they read, convolutions.
/// </summary>
public sealed record GptqRefinement : Refinement
{
    /// <summary>The share of the mean energy of the inputs that is added to each, so that rarely used ones take up little.</summary>
    public double Damping { get; init; } = 0.01;

    /// <inheritdoc/>
    internal override bool Rounds => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Damping is not (> 0 and < 1e6))
            throw new StageException($"gptq: damping is {Damping}; give a number above 0 (0.01 is usual).");
    }

    /// <inheritdoc/>
    internal override void Round(RoundedLayer layer)
    {
        if (layer.Inputs is null)
            return;
        foreach (var (group, _, start, count, gram) in layer.Parts())
        {
            // the last of the reversed order is rounded first: A = M Mᵀ with M upper, from the factor of the reversed matrix
            var order = Enumerable.Range(0, count).OrderBy(i => gram[(i * count) + i]).ThenBy(i => -i).ToArray();
            var reversed = new double[gram.Length];
            for (var i = 0; i < count; i++)
            {
                for (var j = 0; j < count; j++)
                    reversed[(i * count) + j] = gram[(order[i] * count) + order[j]];
            }

            var inverse = Cholesky.Of(reversed, count, Damping).InverseLower();
            layer.ForOutputs(group, output => RoundRow(layer, output, start, order, inverse));
        }
    }

    private static void RoundRow(RoundedLayer layer, int output, int start, int[] order, double[] inverse)
    {
        var count = order.Length;
        var weights = new double[count];
        for (var i = 0; i < count; i++)
            weights[i] = layer.Target[(output * layer.Width) + start + order[i]];
        for (var i = count - 1; i >= 0; i--)
        {
            var element = (output * layer.Width) + start + order[i];
            var at = layer.Grid.At(output, start + order[i]);
            var code = layer.Codes[element] = layer.Grid.Nearest(at, weights[i]);
            var error = (weights[i] - layer.Grid.Value(at, code)) / inverse[(i * count) + i];
            TensorPrimitives.MultiplyAdd(inverse.AsSpan(i * count, i), -error, weights.AsSpan(0, i), weights.AsSpan(0, i));
        }
    }
}
