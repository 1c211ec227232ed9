using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>
/// Learns for each weight whether to round it up or down, so that the layer's outputs on the calibration pictures are nearest (AdaRound,
/// arXiv:2004.10568, section 4.2): Ŵ = s(⌊W/s⌋ + h(V)) with h = clip(1.2 σ(V) − 0.1, 0, 1), Adam on the output error plus λ Σ(1 − |2h − 1|^β) with β from
/// 20 to 2. A row whose result is no better than the nearest numbers keeps those. Layers with many weights take long.
/// </summary>
public sealed record AdaRoundRefinement : Refinement
{
    private const double Stretch = 1.2;
    private const double Below = 0.1;
    private const double WarmUp = 0.2;

    /// <summary>Steps of Adam for each layer.</summary>
    public int Steps { get; init; } = 400;

    /// <summary>Adam's rate.</summary>
    public double LearningRate { get; init; } = 0.02;

    /// <summary>λ, how strongly every h is drawn to 0 or 1, relative to the error of the nearest numbers for each weight.</summary>
    public double Regularization { get; init; } = 0.1;

    /// <inheritdoc/>
    internal override bool Rounds => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Steps < 1)
            throw new StageException($"ada-round: steps is {Steps}; give at least 1 (400 is usual).");
        if (LearningRate is not (> 0 and <= 1))
            throw new StageException($"ada-round: learningRate is {LearningRate}; give a number above 0 up to 1 (0.02 is usual).");
        if (Regularization is not (> 0 and < 1e6))
            throw new StageException($"ada-round: regularization is {Regularization}; give a number above 0 (0.1 is usual).");
    }

    /// <inheritdoc/>
    internal override void Round(RoundedLayer layer)
    {
        if (layer.Inputs is null)
            return;
        // rows do not depend on each other: each processor learns some of them from beginning to end
        var parts = layer.Parts().SelectMany(part =>
        {
            var (first, outputs) = layer.OutputsOf(part.Group).GetOffsetAndLength(layer.Outputs);
            var each = layer.Layout.Groups > 1 ? outputs : (outputs + Environment.ProcessorCount - 1) / Environment.ProcessorCount;
            return Enumerable.Range(0, (outputs + each - 1) / each).Select(i => (part.Start, part.Count, part.Gram, First: first + (i * each), Outputs: Math.Min(each, outputs - (i * each))));
        });
        Parallel.ForEach(parts, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, part => Learn(layer, part.First, part.Outputs, part.Start, part.Count, part.Gram));
    }

    private void Learn(RoundedLayer layer, int first, int outputs, int start, int count, double[] gram)
    {
        var size = outputs * count;
        var floatGram = new float[gram.Length];
        TensorPrimitives.ConvertTruncating<double, float>(gram, floatGram);
        var (steps, bases, targets, variables) = (new float[size], new float[size], new float[size], new float[size]);
        for (var i = 0; i < size; i++)
        {
            var (output, input) = (first + (i / count), start + (i % count));
            var at = layer.Grid.At(output, input);
            var weight = layer.Target[(output * layer.Width) + input];
            var place = Math.Clamp((weight / layer.Grid.Steps[at]) + layer.Grid.Zeros[at], layer.Grid.Shape.Low, layer.Grid.Shape.High);
            var floor = Math.Min(Math.Floor(place), layer.Grid.Shape.High - 1);
            steps[i] = (float)layer.Grid.Steps[at];
            bases[i] = (float)floor;
            targets[i] = (float)(place - floor);
            var share = Math.Clamp((place - floor + Below) / Stretch, 0.01, 0.99);
            variables[i] = (float)Math.Log(share / (1 - share));
        }

        var weights = RowWeights(layer, first, outputs, start, count, gram);
        Descend(layer.Products!, variables, steps, targets, weights, floatGram, outputs, count);
        var learned = new double[count];
        for (var row = 0; row < outputs; row++)
        {
            var codes = new int[count];
            for (var i = 0; i < count; i++)
            {
                codes[i] = (int)bases[(row * count) + i] + (variables[(row * count) + i] > 0 ? 1 : 0);
                learned[i] = steps[(row * count) + i] * (codes[i] - bases[(row * count) + i] - targets[(row * count) + i]);
            }

            if (RoundedLayer.Error(learned, gram) < weights.Errors[row])
                codes.CopyTo(layer.Codes, ((first + row) * layer.Width) + start);
        }
    }

    /// <summary>The error of each row's codes as they are, and what makes it one for each weight.</summary>
    private static (double[] Errors, float[] Factors) RowWeights(RoundedLayer layer, int first, int outputs, int start, int count, double[] gram)
    {
        var (errors, factors) = (new double[outputs], new float[outputs]);
        for (var row = 0; row < outputs; row++)
        {
            var difference = new double[count];
            for (var i = 0; i < count; i++)
                difference[i] = layer.Value(((first + row) * layer.Width) + start + i) - layer.Target[((first + row) * layer.Width) + start + i];
            errors[row] = RoundedLayer.Error(difference, gram);
            factors[row] = errors[row] > 1e-30 ? (float)(count / errors[row]) : 0;
        }

        return (errors, factors);
    }

    private void Descend(DenseProducts products, float[] variables, float[] steps, float[] targets, (double[] Errors, float[] Factors) weights, float[] gram, int outputs, int count)
    {
        var size = outputs * count;
        var (moments, squares, differences, slopes) = (new float[size], new float[size], new float[size], new float[size]);
        var (sigmoids, pulls) = (new float[size], new float[size]);
        for (var step = 1; step <= Steps; step++)
        {
            TensorPrimitives.Sigmoid<float>(variables, sigmoids);
            for (var i = 0; i < size; i++)
            {
                var height = Height(sigmoids[i]);
                differences[i] = steps[i] * (height - targets[i]);
                pulls[i] = Math.Abs((2 * height) - 1);
            }

            products.Multiply(differences, gram, outputs, count, count, slopes);
            var progress = (double)step / Steps;
            var beta = progress < WarmUp ? 0 : (float)(2 + (9 * (1 + Math.Cos(Math.PI * (progress - WarmUp) / (1 - WarmUp)))));
            if (beta > 0)
                TensorPrimitives.Pow(pulls, beta - 1, pulls);
            var pull = (float)Regularization * beta * 2;
            var (first, second) = (1 - MathF.Pow(0.9f, step), 1 - MathF.Pow(0.999f, step));
            for (var i = 0; i < size; i++)
            {
                var height = Height(sigmoids[i]);
                if (height is <= 0 or >= 1)
                    continue;
                var slope = (2 * slopes[i] * steps[i] * weights.Factors[i / count]) - (height > 0.5f ? pull * pulls[i] : -pull * pulls[i]);
                slope *= (float)Stretch * sigmoids[i] * (1 - sigmoids[i]);
                moments[i] = (0.9f * moments[i]) + (0.1f * slope);
                squares[i] = (0.999f * squares[i]) + (0.001f * slope * slope);
                variables[i] -= (float)LearningRate * (moments[i] / first) / (MathF.Sqrt(squares[i] / second) + 1e-8f);
            }
        }
    }

    private static float Height(float sigmoid) => Math.Clamp(((float)Stretch * sigmoid) - (float)Below, 0, 1);
}
