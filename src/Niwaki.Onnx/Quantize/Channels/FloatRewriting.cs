using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A float graph on which refinements work before it is quantized. What they change has to leave its function as it was.</summary>
internal sealed class FloatRewriting
{
    // float32 sums in another order differ by about 1e-6 of their size in each layer; a wrong formula differs by its whole size
    private const double Tolerance = 2e-3;
    private readonly string where;
    private readonly List<string> said = [];

    /// <summary>Works on a graph in place.</summary>
    /// <param name="model">In float, with a name for each node.</param>
    /// <param name="pictures">Preprocessed pictures [3, H, W].</param>
    /// <param name="where">Names the graph in an error.</param>
    public FloatRewriting(ModelProto model, IEnumerable<float[]> pictures, string where)
    {
        this.where = where;
        Model = model;
        Pictures = pictures;
        OwnWeights.Apply(model.Graph);
        Layouts = GraphProbe.Layouts(model, where);
    }

    /// <summary>The graph.</summary>
    public ModelProto Model { get; }

    /// <summary>What calibrates.</summary>
    public IEnumerable<float[]> Pictures { get; }

    /// <summary>Shapes of its values, as they were when the work began.</summary>
    public IReadOnlyDictionary<string, ValueLayout> Layouts { get; }

    /// <summary>What was done, in sentences.</summary>
    public IReadOnlyList<string> Said => said;

    /// <summary>Says what was done.</summary>
    public void Say(string sentence) => said.Add(sentence);

    /// <summary>A mistake of the user's that names the graph.</summary>
    public StageException Problem(string what) => new($"{where}: {what}");

    /// <summary>Watches the channels of values over the pictures.</summary>
    public IReadOnlyDictionary<string, ChannelRanges> Ranges(IEnumerable<ChannelSource> sources)
    {
        var watched = sources.ToDictionary(source => source.Value, source => source, StringComparer.Ordinal);
        var ranges = watched.ToDictionary(each => each.Key, each => new ChannelRanges(each.Value.Channels), StringComparer.Ordinal);
        if (watched.Count == 0)
            return ranges;
        using var probe = new GraphProbe(Model, watched.Keys, where);
        foreach (var picture in Pictures)
        {
            probe.Run(picture, [.. watched.Keys], Layouts, (value, data, shape) =>
            {
                ranges[value].Add(data, shape[(watched[value].Axis + 1)..].ToArray().Aggregate(1, (all, size) => all * (int)size));
                if (ranges[value].Sizes.Any(size => !double.IsFinite(size)))
                    throw Problem($"{value} holds numbers that are not finite on a calibration picture. The float model itself is broken: measure it, and train or export it again.");
            });
        }

        return ranges;
    }

    /// <summary>Runs a refinement and proves that both graphs compute the same.</summary>
    /// <exception cref="StageException">They do not.</exception>
    public void Run(Refinement refinement)
    {
        var before = Model.Clone();
        refinement.Rewrite(this);
        var (_, sizes, _) = GraphProbe.InputOf(Model, where);
        var random = new Random(7);
        float[][] inputs = [.. Enumerable.Range(0, 2).Select(_ => Noise(random, sizes.Aggregate(1L, (all, size) => all * size))), .. Pictures.Take(1)];
        using var original = new OrtRuntime { Threads = Environment.ProcessorCount }.Open(before, where);
        using var changed = new OrtRuntime { Threads = Environment.ProcessorCount }.Open(Model, where);
        using var options = new RunOptions();
        foreach (var input in inputs)
        {
            using var fed = OrtValue.CreateTensorValueFromMemory(input.Length == sizes.Aggregate(1L, (all, size) => all * size) ? input : GraphProbe.Filled(input, sizes), sizes);
            using var expected = OrtRuntime.Guard(where, () => original.Run(options, [original.InputNames[0]], [fed], original.OutputNames));
            using var actual = OrtRuntime.Guard(where, () => changed.Run(options, [original.InputNames[0]], [fed], original.OutputNames));
            for (var i = 0; i < expected.Count; i++)
            {
                if (Difference(expected[i], actual[i]) is var difference && !(difference <= Tolerance))
                    throw Problem(string.Create(CultureInfo.InvariantCulture, $"{Catalog.NameOf(refinement.GetType(), typeof(Refinement))} must not change what the float graph computes, but {original.OutputNames[i]} changed by {difference:P2} of its range. Leave this refinement out."));
            }
        }
    }

    private static float[] Noise(Random random, long count)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }

    /// <summary>The largest difference as a share of the range; for labels the share that differs, where a few near ties are no difference.</summary>
    private static double Difference(OrtValue expected, OrtValue actual)
    {
        // sequences are made of tensors that were compared or come from such
        if (!expected.IsTensor)
            return 0;
        if (expected.GetTensorTypeAndShape().ElementDataType != TensorElementType.Float)
        {
            var left = expected.GetTensorMutableRawData();
            var right = actual.GetTensorMutableRawData();
            var differing = 0;
            for (var i = 0; i < left.Length; i++)
                differing += left[i] == right[i] ? 0 : 1;
            return differing <= 0.01 * left.Length ? 0 : (double)differing / left.Length;
        }

        var before = expected.GetTensorDataAsSpan<float>();
        var after = actual.GetTensorDataAsSpan<float>();
        var (low, high, largest) = (double.PositiveInfinity, double.NegativeInfinity, 0.0);
        for (var i = 0; i < before.Length; i++)
        {
            (low, high) = (Math.Min(low, before[i]), Math.Max(high, before[i]));
            var difference = Math.Abs((double)before[i] - after[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest / Math.Max(Math.Max(high - low, 1e-3 * Math.Max(Math.Abs(low), Math.Abs(high))), 1e-30);
    }
}
