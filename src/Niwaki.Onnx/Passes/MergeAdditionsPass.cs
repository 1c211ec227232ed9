using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Adds two constants once, when the graph is made, in place of adding both to each picture, also where a reshape lies between (a
/// Swin's position bias and its mask of windows).
/// </summary>
internal sealed record MergeAdditionsPass : Pass
{
    /// <summary>Bytes that one constant may add to the file.</summary>
    public long MaxGrowth { get; init; } = 4 << 20;

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var merged = 0;
        foreach (var second in graph.Node.Where(node => node.IsA("Add")).ToArray())
        {
            var index = new GraphIndex(graph);
            if (index.ConstantAndOther(second) is not var (later, between))
                continue;
            NodeProto? view = null;
            if (index.Made(between, "Reshape") is { } reshape && index.OnlyConsumer(between) == second)
                (view, between) = (reshape, reshape.Input[0]);
            if (index.Made(between, "Add") is not { } first || index.OnlyConsumer(between) is null || index.ConstantAndOther(first) is not var (earlier, value))
                continue;
            if ((view is not null && index.IsOutput(second.Output[0])) || Sum(earlier, later, view is null, layouts, first, second) is not { } sum)
                continue;
            sum.Name = index.Fresh($"{second.Output[0]}_constant");
            graph.Initializer.Add(sum);
            if (view is null)
            {
                second.Input.Clear();
                second.Input.Add([value, sum.Name]);
            }
            else
            {
                // before the view, which the next one behind it then undoes
                first.Input.Clear();
                first.Input.Add([value, sum.Name]);
                foreach (var reader in index.Consumers(second.Output[0]))
                    reader.ReplaceInput(second.Output[0], view.Output[0]);
                graph.Node.Remove(second);
            }

            merged++;
        }

        if (merged > 0)
            new DeadNodesPass().Apply(model);
        return merged;
    }

    private TensorProto? Sum(TensorProto earlier, TensorProto later, bool direct, IReadOnlyDictionary<string, ValueLayout> layouts, NodeProto first, NodeProto second)
    {
        if (earlier.Type() != TensorProto.Types.DataType.Float || later.Type() != TensorProto.Types.DataType.Float)
            return null;
        int[] before = [.. earlier.Dims.Select(size => (int)size)], after = [.. later.Dims.Select(size => (int)size)];
        if (direct)
        {
            // what both are broadcast to together is enough
            var rank = Math.Max(before.Length, after.Length);
            int[] sizes = [.. Enumerable.Range(0, rank).Select(axis => Math.Max(Size(before, rank, axis), Size(after, rank, axis)))];
            return Fits(sizes, earlier, later) ? Added(Spread(earlier, sizes), Spread(later, sizes), sizes) : null;
        }

        if (!layouts.TryGetValue(first.Output[0], out var from) || !layouts.TryGetValue(second.Output[0], out var to) || from.Varies.Concat(to.Varies).Any(varies => varies) || from.Elements != to.Elements || !Fits(to.Dimensions, earlier, later))
            return null;
        return Added(Spread(earlier, from.Dimensions), Spread(later, to.Dimensions), from.Dimensions);
    }

    private bool Fits(int[] sizes, TensorProto earlier, TensorProto later) => (sizes.Aggregate(1L, (product, size) => product * size) - earlier.Elements() - later.Elements()) * sizeof(float) <= MaxGrowth;

    private static TensorProto Added(float[] left, float[] right, int[] sizes) => TensorValues.Of(string.Empty, new Shape(sizes), (float[])[.. left.Zip(right, (a, b) => a + b)]);

    private static int Size(int[] sizes, int rank, int axis) => axis < rank - sizes.Length ? 1 : sizes[axis - (rank - sizes.Length)];

    private static float[] Spread(TensorProto tensor, int[] sizes)
    {
        var values = tensor.Floats();
        int[] own = [.. tensor.Dims.Select(size => (int)size)];
        var result = new float[sizes.Aggregate(1, (product, size) => product * size)];
        var place = new int[sizes.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var at = 0;
            for (var axis = sizes.Length - own.Length; axis < sizes.Length; axis++)
            {
                var size = own[axis - (sizes.Length - own.Length)];
                at = (at * size) + (size == 1 ? 0 : place[axis]);
            }

            result[i] = values[at];
            for (var axis = sizes.Length - 1; axis >= 0 && ++place[axis] == sizes[axis]; axis--)
                place[axis] = 0;
        }

        return result;
    }
}
