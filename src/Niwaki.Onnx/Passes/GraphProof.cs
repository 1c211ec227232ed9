using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>What a graph gives on random inputs, as it is written: what ONNX Runtime would change in it is switched off.</summary>
internal sealed class GraphProof
{
    private const int Rounds = 2;
    private const double UsualTolerance = 1e-4;
    private const double HalfTolerance = 4e-3;

    private readonly string where;
    private readonly IReadOnlyList<IReadOnlyDictionary<string, RandomInput>> inputs;
    private readonly IReadOnlyList<float[][]> expected;
    private readonly string[] outputs;
    private readonly bool isHalf;

    private GraphProof(string where, string[] outputs, IReadOnlyList<IReadOnlyDictionary<string, RandomInput>> inputs, IReadOnlyList<float[][]> expected, bool isHalf)
    {
        this.where = where;
        this.outputs = outputs;
        this.inputs = inputs;
        this.expected = expected;
        this.isHalf = isHalf;
    }

    /// <summary>The same knowledge with another tolerance; 16-bit floats, which the engine computes in 16 bits or in 32 as it likes, keep their own.</summary>
    public GraphProof Within(double tolerance) => new(where, outputs, inputs, expected, isHalf) { Tolerance = isHalf ? Math.Max(tolerance, HalfTolerance) : tolerance };

    /// <summary>Largest difference of a number, as a share of the range of its output; and largest share of unequal integers.</summary>
    public double Tolerance { get; private init; } = UsualTolerance;

    /// <summary>Runs a graph on random inputs; <see langword="null"/> with a reason where it cannot be run.</summary>
    /// <param name="model">The graph that later ones are compared with.</param>
    /// <param name="seed">The inputs follow from it.</param>
    /// <param name="where">Names it in an error.</param>
    /// <param name="reason">Why not.</param>
    public static GraphProof? Of(ModelProto model, int seed, string where, out string? reason)
    {
        reason = null;
        var given = GraphShapes.Inputs(model.Graph).ToArray();
        if (given.FirstOrDefault(input => !RandomInput.Fits(input)) is { } open)
        {
            reason = $"its input {open.Name} has sizes that are not fixed, or a type that cannot be drawn at random";
            return null;
        }

        var random = new Random(seed);
        string[] outputs = [.. model.Graph.Output.Select(output => output.Name)];
        try
        {
            using var session = Open(model, where);
            var free = given.Any(RandomInput.HasFreeBatch);
            var inputs = new List<IReadOnlyDictionary<string, RandomInput>>();
            var expected = new List<float[][]>();
            for (var round = 0; round < Rounds; round++)
            {
                var drawn = given.ToDictionary(input => input.Name, input => new RandomInput(input, free ? round + 1 : 1, random), StringComparer.Ordinal);
                try
                {
                    expected.Add(Run(session, drawn, outputs, where));
                    inputs.Add(drawn);
                }
                catch (StageException) when (round > 0)
                {
                    // a graph whose free batch works with one picture only
                }
            }

            var half = model.Graph.Initializer.Any(tensor => tensor.Type() is DataType.Float16 or DataType.Bfloat16) || given.Any(input => input.Type.TensorType.ElemType == (int)DataType.Float16);
            return new GraphProof(where, outputs, inputs, expected, half) { Tolerance = half ? HalfTolerance : UsualTolerance };
        }
        catch (StageException problem)
        {
            reason = problem.Message;
            return null;
        }
    }

    /// <summary>How a changed graph differs; <see langword="null"/> where it does not.</summary>
    public string? Refute(ModelProto changed)
    {
        try
        {
            using var session = Open(changed, where);
            for (var i = 0; i < inputs.Count; i++)
            {
                var actual = Run(session, inputs[i], outputs, where);
                for (var output = 0; output < outputs.Length; output++)
                {
                    if (Difference(expected[i][output], actual[output]) is var difference && !(difference <= Tolerance))
                        return string.Create(CultureInfo.InvariantCulture, $"{outputs[output]} differs by {difference:g2} of its range on random inputs");
                }
            }

            return null;
        }
        catch (StageException problem)
        {
            return problem.Message;
        }
    }

    /// <summary>The largest difference from what the first graph gives, as a share of the range.</summary>
    public double Difference(ModelProto changed)
    {
        using var session = Open(changed, where);
        return inputs.Select((input, i) => Run(session, input, outputs, where).Select((actual, output) => Difference(expected[i][output], actual)).DefaultIfEmpty().Max()).DefaultIfEmpty().Max();
    }

    private static double Difference(float[] expected, float[] actual)
    {
        if (expected.Length != actual.Length)
            return double.PositiveInfinity;
        double low = double.PositiveInfinity, high = double.NegativeInfinity, most = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            if (float.IsFinite(expected[i]))
            {
                (low, high) = (Math.Min(low, expected[i]), Math.Max(high, expected[i]));
                if (!float.IsFinite(actual[i]))
                    return double.PositiveInfinity;
                most = Math.Max(most, Math.Abs((double)expected[i] - actual[i]));
            }
            else if (!expected[i].Equals(actual[i]))
            {
                return double.PositiveInfinity;
            }
        }

        // a single number has no range but its size
        return most == 0 ? 0 : most / Math.Max(high - low, Math.Max(Math.Abs(high), Math.Abs(low)));
    }

    private static InferenceSession Open(ModelProto model, string where) =>
        new OrtRuntime { Threads = Environment.ProcessorCount, Optimization = GraphOptimizationLevel.ORT_DISABLE_ALL }.Open(model, where);

    private static float[][] Run(InferenceSession session, IReadOnlyDictionary<string, RandomInput> drawn, string[] outputs, string where)
    {
        using var options = new RunOptions();
        var values = drawn.Where(input => session.InputMetadata.ContainsKey(input.Key)).ToDictionary(input => input.Key, input => input.Value.Value());
        try
        {
            using var results = OrtRuntime.Guard(where, () => session.Run(options, values, outputs));
            return [.. results.Select(Floats)];
        }
        finally
        {
            foreach (var value in values.Values)
                value.Dispose();
        }
    }

    private static float[] Floats(OrtValue value) =>
        !value.IsTensor ? [] : OrtTensors.Read(string.Empty, value)?.Floats() ?? throw new StageException($"an output of type {value.GetTensorTypeAndShape().ElementDataType} cannot be compared.");
}
