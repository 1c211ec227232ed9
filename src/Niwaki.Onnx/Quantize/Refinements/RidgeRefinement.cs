using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>
/// Moves the weights of each layer to where they make up for the error of its rounded inputs, by ridge regression on the calibration pictures: δ = W(X −
/// X̂)X̂ᵀ(X̂X̂ᵀ + λI)⁻¹; then rounds W + δ in halves, each time solving for the half that is still in float (ERQ, arXiv:2407.06794, sections
/// 4.2 and 4.3, without its choice of rounding directions). A gptq or ada-round that follows in the list rounds W + δ instead.
/// </summary>
public sealed record RidgeRefinement : Refinement
{
    private const int LeastHalf = 4;

    /// <summary>λ as a share of the mean energy of the inputs.</summary>
    public double Damping { get; init; } = 0.01;

    /// <inheritdoc/>
    internal override bool Rounds => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Damping is not (> 0 and < 1e6))
            throw new StageException($"ridge: damping is {Damping}; give a number above 0 (0.01 is usual).");
    }

    /// <inheritdoc/>
    internal override void Round(RoundedLayer layer)
    {
        if (layer.Inputs is null)
            return;
        var target = (double[])layer.Target.Clone();
        foreach (var (group, block, start, count, gram) in layer.Parts())
        {
            var (factor, errors) = (Cholesky.Of(gram, count, Damping), layer.Inputs.Errors(group, block, layer.IsCentred));
            layer.ForOutputs(group, output =>
            {
                var weights = layer.Target.AsSpan((output * layer.Width) + start, count);
                var right = new double[count];
                for (var i = 0; i < count; i++)
                    TensorPrimitives.MultiplyAdd(errors.AsSpan(i * count, count), weights[i], right, right);
                factor.Solve(right);
                TensorPrimitives.Add(weights, right, target.AsSpan((output * layer.Width) + start, count));
            });
        }

        layer.Move(target);
        foreach (var (group, _, start, count, gram) in layer.Parts())
            RoundHalves(layer, group, start, count, gram);
    }

    private void RoundHalves(RoundedLayer layer, int group, int start, int count, double[] gram)
    {
        var (first, outputs) = layer.OutputsOf(group).GetOffsetAndLength(layer.Outputs);
        var open = new double[outputs][];
        for (var i = 0; i < outputs; i++)
            open[i] = layer.Target.AsSpan(((first + i) * layer.Width) + start, count).ToArray();
        for (var done = 0; done < count;)
        {
            var (rest, half) = (count - done, count - done <= LeastHalf ? count - done : (count - done + 1) / 2);
            var later = rest - half;
            var factor = later > 0 ? Cholesky.Of(Trailing(gram, count, done + half), later, Damping) : null;
            var begin = done;
            layer.ForOutputs(group, output =>
            {
                var weights = open[output - first];
                var right = new double[later];
                for (var i = begin; i < begin + half; i++)
                {
                    var at = layer.Grid.At(output, start + i);
                    var code = layer.Codes[(output * layer.Width) + start + i] = layer.Grid.Nearest(at, weights[i]);
                    TensorPrimitives.MultiplyAdd(gram.AsSpan((i * count) + begin + half, later), weights[i] - layer.Grid.Value(at, code), right, right);
                }

                factor?.Solve(right);
                TensorPrimitives.Add(weights.AsSpan(begin + half), right, weights.AsSpan(begin + half));
            });
            done += half;
        }
    }

    private static double[] Trailing(double[] matrix, int size, int from)
    {
        var rest = size - from;
        var part = new double[rest * rest];
        for (var i = 0; i < rest; i++)
            matrix.AsSpan(((from + i) * size) + from, rest).CopyTo(part.AsSpan(i * rest));
        return part;
    }
}
