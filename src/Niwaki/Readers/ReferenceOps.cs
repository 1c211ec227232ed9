namespace Niwaki;

/// <summary>
/// The reader that runs a network in plain loops over doubles: slow, obvious, free of native code, as an oracle for the others.
/// Inference only: a BatchNorm uses its running statistics, stochastic depth is off.
/// </summary>
/// <param name="weights">Parameters and buffers by name.</param>
public sealed partial class ReferenceOps(IReadOnlyDictionary<string, Weight> weights) : IOps<ReferenceTensor>
{
    /// <summary>Hears every tap of the forward.</summary>
    public Action<FeatureTap, ReferenceTensor>? Tapped { get; init; }

    /// <summary>The logits of an image <c>[B, 3, H, W]</c>.</summary>
    public static ReferenceTensor Run(Architecture architecture, IReadOnlyDictionary<string, Weight> weights, Weight image) =>
        architecture.Forward(new ReferenceOps(weights), new ReferenceTensor(image));

    /// <inheritdoc/>
    public Shape ShapeOf(ReferenceTensor value) => value.Shape;

    /// <inheritdoc/>
    public ReferenceTensor Linear(ReferenceTensor value, string name, int width, bool bias = true)
    {
        var inputs = value.Shape[^1];
        var rows = value.Values.Length / inputs;
        var weight = Parameter($"{name}.weight", new Shape(width, inputs));
        var offset = bias ? Parameter($"{name}.bias", new Shape(width)) : new float[width];
        var result = new ReferenceTensor(value.Shape.With(^1, width));
        var (from, to) = (value.Values, result.Values);
        Parallel.For(0, rows, row =>
        {
            for (var o = 0; o < width; o++)
            {
                double sum = offset[o];
                for (var i = 0; i < inputs; i++)
                    sum += from[(row * inputs) + i] * weight[(o * inputs) + i];
                to[(row * width) + o] = sum;
            }
        });
        return result;
    }

    /// <inheritdoc/>
    public ReferenceTensor LayerNorm(ReferenceTensor value, string name, double epsilon = 1e-5)
    {
        var channels = value.Shape[^1];
        var gain = Parameter($"{name}.weight", new Shape(channels));
        var offset = Parameter($"{name}.bias", new Shape(channels));
        var result = new ReferenceTensor(value.Shape);
        for (var start = 0; start < value.Values.Length; start += channels)
        {
            var row = value.Values.AsSpan(start, channels).ToArray();
            var mean = row.Average();
            var variance = row.Average(x => (x - mean) * (x - mean));
            for (var c = 0; c < channels; c++)
                result.Values[start + c] = ((row[c] - mean) / Math.Sqrt(variance + epsilon) * gain[c]) + offset[c];
        }

        return result;
    }

    /// <inheritdoc/>
    public ReferenceTensor PrependToken(ReferenceTensor tokens, string name)
    {
        var shape = tokens.Shape;
        var token = Parameter(name, new Shape(1, 1, shape[2]));
        return Fill(new ReferenceTensor(shape.With(1, shape[1] + 1)), (b, n, c) => n == 0 ? token[c] : tokens[b, n - 1, c]);
    }

    /// <inheritdoc/>
    public ReferenceTensor AddPositions(ReferenceTensor tokens, string name)
    {
        var shape = tokens.Shape;
        var positions = Parameter(name, new Shape(1, shape[1], shape[2]));
        return Fill(new ReferenceTensor(shape), (b, n, c) => tokens[b, n, c] + positions[(n * shape[2]) + c]);
    }

    /// <inheritdoc/>
    public ReferenceTensor Activate(ReferenceTensor value, Activation activation)
    {
        Converter<double, double> formula = activation switch
        {
            Activation.None => x => x,
            Activation.Relu => x => Math.Max(x, 0),
            Activation.Relu6 => Relu6,
            Activation.Silu => x => x * Sigmoid(x),
            Activation.Gelu => x => x / 2 * (1 + Erf(x / Math.Sqrt(2))),
            Activation.HardSwish => x => x * Relu6(x + 3) / 6,
            Activation.Sigmoid => Sigmoid,
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "has no formula here."),
        };
        return new ReferenceTensor(value.Shape, Array.ConvertAll(value.Values, formula));
    }

    /// <inheritdoc/>
    public ReferenceTensor Add(ReferenceTensor left, ReferenceTensor right) => Combine(left, right, (x, y) => x + y);

    /// <inheritdoc/>
    public ReferenceTensor Mean(ReferenceTensor left, ReferenceTensor right) => Combine(left, right, (x, y) => (x + y) / 2);

    /// <inheritdoc/>
    public ReferenceTensor DropPath(ReferenceTensor value, double rate) => value;

    /// <inheritdoc/>
    public ReferenceTensor Tap(ReferenceTensor value, FeatureTap tap)
    {
        Tapped?.Invoke(tap, value);
        return value;
    }

    private static double Relu6(double x) => Math.Clamp(x, 0, 6);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>2/sqrt(pi) exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!, whose terms all have one sign.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
            return Math.Sign(x);
        var term = x;
        var sum = x;
        for (var n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static ReferenceTensor Combine(ReferenceTensor left, ReferenceTensor right, Func<double, double, double> combine) =>
        left.Shape == right.Shape
            ? new ReferenceTensor(left.Shape, [.. left.Values.Zip(right.Values, combine)])
            : throw new ArgumentException($"{left.Shape} and {right.Shape} cannot be combined element by element.", nameof(right));

    private static ReferenceTensor Fill(ReferenceTensor result, Func<int, int, int, double> value)
    {
        var (second, third) = (result.Shape[1], result.Shape[2]);
        Parallel.For(0, result.Shape[0] * second, row =>
        {
            for (var k = 0; k < third; k++)
                result.Values[(row * third) + k] = value(row / second, row % second, k);
        });
        return result;
    }

    private static ReferenceTensor Fill(ReferenceTensor result, Func<int, int, int, int, double> value)
    {
        var (second, third, fourth) = (result.Shape[1], result.Shape[2], result.Shape[3]);
        Parallel.For(0, result.Shape[0] * second, plane =>
        {
            for (var i = 0; i < third * fourth; i++)
                result.Values[(plane * third * fourth) + i] = value(plane / second, plane % second, i / fourth, i % fourth);
        });
        return result;
    }

    private float[] Parameter(string name, Shape shape)
    {
        if (!weights.TryGetValue(name, out var weight))
            throw new ArgumentException($"{name} {shape} is missing.", nameof(name));
        return weight.Shape == shape ? weight.Values : throw new ArgumentException($"{name} is {weight.Shape} where {shape} is needed.", nameof(name));
    }
}
