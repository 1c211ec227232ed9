using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Runs a graph on pictures and shows values from its inside, a bounded number of bytes at a time.</summary>
internal sealed class GraphProbe : IDisposable
{
    /// <summary>What does not fit at once costs a further run of the graph.</summary>
    public static readonly long BytesAtOnce = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, 256L << 20, 2L << 30);
    private const int FewValues = 64;
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly string where;
    private readonly string input;
    private readonly long[] dimensions;

    /// <summary>Makes a session with further outputs.</summary>
    /// <param name="model">The graph; it is not changed.</param>
    /// <param name="values">The values to show.</param>
    /// <param name="where">Names the graph in an error.</param>
    /// <param name="optimization">What the engine may do to the graph; the values stay in any case.</param>
    /// <param name="threads">Of one run; several runs may be under way at once. 0: one for each core.</param>
    /// <exception cref="StageException">It has not exactly one picture as input, or cannot run.</exception>
    public GraphProbe(ModelProto model, IEnumerable<string> values, string where, GraphOptimizationLevel optimization = GraphOptimizationLevel.ORT_ENABLE_ALL, int threads = 0)
    {
        this.where = where;
        (input, dimensions, HasFreeBatch) = InputOf(model, where);
        var exposed = model.Clone();
        var outputs = exposed.Graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var value in values.Where(value => value != input && !outputs.Contains(value)))
            exposed.Graph.Output.Add(new ValueInfoProto { Name = value });
        session = new OrtRuntime { Threads = threads > 0 ? threads : Environment.ProcessorCount, Optimization = optimization }.Open(exposed, where);
    }

    /// <summary>What is done with one value.</summary>
    public delegate void See(string value, ReadOnlySpan<float> data, ReadOnlySpan<long> shape);

    /// <summary>Whether the graph takes several pictures at once.</summary>
    public bool HasFreeBatch { get; }

    /// <summary>A picture as often as a graph of a fixed number of pictures takes it.</summary>
    public static float[] Filled(float[] picture, IReadOnlyList<long> dimensions)
    {
        if (dimensions[0] == 1)
            return picture;
        var batch = new float[dimensions[0] * picture.Length];
        for (var i = 0; i < dimensions[0]; i++)
            picture.CopyTo(batch, i * picture.Length);
        return batch;
    }

    /// <summary>The graph's only input with its sizes for one picture, or for the number of pictures that it is fixed to.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="where">Names it in an error.</param>
    /// <param name="takesHalf">Whether 16-bit floats are taken as well.</param>
    /// <exception cref="StageException">Not one input, or not of four known sizes.</exception>
    public static (string Name, long[] Dimensions, bool FreeBatch) InputOf(ModelProto model, string where, bool takesHalf = false)
    {
        var constants = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var inputs = model.Graph.Input.Where(each => !constants.Contains(each.Name)).ToArray();
        var isHalf = inputs is [{ Type.TensorType: { ElemType: (int)TensorProto.Types.DataType.Float16 } }];
        if (isHalf && !takesHalf)
            throw new StageException($"{where}: its input {inputs[0].Name} is float16, in which ranges are cut already. Give the network in float32: export it again without the conversion to float16.");
        if (inputs is not [{ Type.TensorType: { } type } only] || (type.ElemType != (int)TensorProto.Types.DataType.Float && !isHalf) || type.Shape is not { Dim.Count: 4 } shape)
            throw new StageException($"{where}: takes {inputs.Length} inputs ({string.Join(", ", inputs.Select(each => each.Name))}); one float32 picture [batch, 3, height, width] is needed. Export a segmentation network.");
        if (shape.Dim.Skip(1).Any(size => size.DimValue < 1))
            throw new StageException($"{where}: its input {only.Name} has no fixed height and width. Export it at one size.");
        return (only.Name, [Math.Max(1, shape.Dim[0].DimValue), .. shape.Dim.Skip(1).Select(size => size.DimValue)], shape.Dim[0].DimValue < 1);
    }

    /// <summary>Shapes of all values: inferred, and where that says nothing, from a run.</summary>
    public static IReadOnlyDictionary<string, ValueLayout> Layouts(ModelProto model, string where)
    {
        var inferred = GraphShapes.Of(model);
        var unknown = model.Graph.Node.SelectMany(node => node.Output).Where(output => output.Length > 0 && !inferred.ContainsKey(output)).ToArray();
        return unknown.Length == 0 ? inferred : inferred.Concat(Layouts(model, unknown, where)).DistinctBy(each => each.Key).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Shapes of some values and of the input, from running one picture (and two, where the batch is free).</summary>
    internal static IReadOnlyDictionary<string, ValueLayout> Layouts(ModelProto model, IReadOnlyList<string> values, string where)
    {
        using var probe = new GraphProbe(model, values, where, GraphOptimizationLevel.ORT_ENABLE_BASIC);
        var one = probe.Shapes(values, (int)probe.dimensions[0]);
        var two = probe.HasFreeBatch ? probe.Shapes(values, 2) : one;
        return one.ToDictionary(
            each => each.Key,
            each => new ValueLayout(each.Value.Shape, [.. each.Value.Shape.Zip(two[each.Key].Shape, (a, b) => a != b)], each.Value.IsFloat),
            StringComparer.Ordinal);
    }

    /// <summary>Runs one picture.</summary>
    /// <param name="picture">[3, H, W], preprocessed.</param>
    /// <param name="values">What to show, all of it float32.</param>
    /// <param name="layouts">The sizes of the values.</param>
    /// <param name="see">Called once for each value.</param>
    /// <param name="inParallel">Whether it may be called for several values at once.</param>
    public void Run(float[] picture, IReadOnlyList<string> values, IReadOnlyDictionary<string, ValueLayout> layouts, See see, bool inParallel = false)
    {
        picture = Filled(picture, dimensions);
        using var fed = OrtValue.CreateTensorValueFromMemory(picture, dimensions);
        foreach (var value in values.Where(value => value == input))
            see(value, picture, dimensions);
        for (var next = 0; next < values.Count;)
        {
            var group = new List<string>();
            for (long bytes = 0; next < values.Count && (bytes += 4 * layouts[values[next]].Elements) <= BytesAtOnce | group.Count == 0; next++)
            {
                if (values[next] != input)
                    group.Add(values[next]);
            }

            if (group.Count == 0)
                continue;
            using var outputs = OrtRuntime.Guard(where, () => session.Run(options, [input], [fed], group));
            void Show(int i) => see(group[i], outputs[i].GetTensorDataAsSpan<float>(), outputs[i].GetTensorTypeAndShape().Shape);
            if (!inParallel)
            {
                for (var i = 0; i < group.Count; i++)
                    Show(i);
                continue;
            }

            try
            {
                // the largest first, so that no thread is left with one at the end
                Parallel.ForEach(Enumerable.Range(0, group.Count).OrderByDescending(i => layouts[group[i]].Elements), Show);
            }
            catch (AggregateException problem) when (problem.InnerExceptions[0] is StageException first)
            {
                throw first;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        options.Dispose();
        session.Dispose();
    }

    private Dictionary<string, (int[] Shape, bool IsFloat)> Shapes(IReadOnlyList<string> values, int batch)
    {
        long[] size = [batch, .. dimensions.Skip(1)];
        using var fed = OrtValue.CreateTensorValueFromMemory(new float[size.Aggregate(1L, (product, each) => product * each)], size);
        var shapes = new Dictionary<string, (int[] Shape, bool IsFloat)>(StringComparer.Ordinal) { [input] = ([.. size.Select(each => (int)each)], true) };
        // a few values, then as many more as memory takes if they are like those before: each group is a run of the whole graph
        long bytes = 0;
        for (int next = 0, count = FewValues; next < values.Count; count = (int)Math.Clamp(BytesAtOnce / 4 * next / Math.Max(1, bytes), FewValues, 8L * count))
        {
            string[] group = [.. values.Skip(next).Take(count)];
            next += group.Length;
            using var outputs = OrtRuntime.Guard(where, () => session.Run(options, [input], [fed], group));
            for (var i = 0; i < group.Length; i++)
            {
                // sequences have no sizes
                if (!outputs[i].IsTensor)
                    continue;
                var type = outputs[i].GetTensorTypeAndShape();
                shapes[group[i]] = ([.. type.Shape.Select(each => (int)each)], type.ElementDataType == TensorElementType.Float);
                bytes += 4 * type.ElementCount;
            }
        }

        return shapes;
    }
}
