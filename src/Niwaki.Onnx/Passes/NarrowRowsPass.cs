using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Where only one row of a result is read (a vision transformer's class token), computes only that row as far back as rows do not need each other: in the last block the head,
/// the MLP, the projection and the queries of all other tokens go.
/// </summary>
internal sealed record NarrowRowsPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var narrowed = 0;
        foreach (var root in model.Graph.Node.Where(node => node.IsA("Gather")).ToArray())
            narrowed += new Narrowing(model, root).Apply();
        return narrowed;
    }

    private sealed class Narrowing(ModelProto model, NodeProto root)
    {
        private readonly GraphProto graph = model.Graph;
        private readonly GraphIndex index = new(model.Graph);
        private readonly Dictionary<string, (int Axis, HashSet<NodeProto> Readers)> asked = new(StringComparer.Ordinal);
        private readonly Dictionary<NodeProto, (int Axis, List<(int Input, int Axis)> Operands)> narrow = new(ReferenceEqualityComparer.Instance);
        private readonly Dictionary<(string, int), string> parts = [];
        private IReadOnlyDictionary<string, ValueLayout> layouts = new Dictionary<string, ValueLayout>();

        public int Apply()
        {
            if (index.Constant(root.Input[1]) is not { } places || places.Elements() != 1 || places.Type() is not (TensorProto.Types.DataType.Int64 or TensorProto.Types.DataType.Int32) || index.Constant(root.Input[0]) is not null || index.OnlyConsumer(root.Input[0]) is null)
                return 0;
            layouts = GraphShapes.Of(model);
            if (!layouts.TryGetValue(root.Input[0], out var layout))
                return 0;
            var axis = (int)root.Int("axis", 0);
            axis += axis < 0 ? layout.Dimensions.Length : 0;
            var place = places.Longs()[0];
            place += place < 0 ? layout.Dimensions[axis] : 0;
            if (layout.Varies[axis] || layout.Dimensions[axis] < 2 || place < 0 || place >= layout.Dimensions[axis])
                return 0;
            Ask(root, root.Input[0], axis);
            foreach (var node in index.TopologicalOrder().Reverse())
            {
                if (!ReferenceEquals(node, root) && node.Output.Count > 0 && asked.TryGetValue(node.Output[0], out var request) && request.Axis >= 0 && !index.IsOutput(node.Output[0]) && request.Readers.Count == index.Consumers(node.Output[0]).Count && Operands(node, request.Axis) is { } operands)
                {
                    narrow[node] = (request.Axis, operands);
                    foreach (var (input, at) in operands.Where(operand => index.Constant(node.Input[operand.Input]) is null))
                        Ask(node, node.Input[input], at);
                }
            }

            // a gather alone is no gain
            if (!narrow.Keys.Any(node => node.OpType is "MatMul" or "Gemm"))
                return 0;
            Write(place);
            return narrow.Count;
        }

        private void Ask(NodeProto reader, string value, int axis)
        {
            if (!asked.TryGetValue(value, out var request))
                asked[value] = request = (axis, new HashSet<NodeProto>(ReferenceEqualityComparer.Instance));
            request.Readers.Add(reader);
            if (request.Axis != axis)
                asked[value] = (-1, request.Readers);
        }

        // which inputs give less when a result has one place on an axis, and on which of their axes; null where a node needs all
        private List<(int Input, int Axis)>? Operands(NodeProto node, int axis)
        {
            if (!layouts.TryGetValue(node.Output[0], out var to) || !to.IsFloat || to.Varies[axis])
                return null;
            var rank = to.Dimensions.Length;
            if (RowWise.IsUnary(node) || RowWise.Normalized(node, rank) > axis)
                return [(0, axis)];
            if (RowWise.IsBinary(node))
                return Aligned(node, [0, 1], axis, rank);
            switch (node.Domain is "" or "ai.onnx" ? node.OpType : "")
            {
                case "Softmax":
                    return node.Int("axis", -1) is var over && (over < 0 ? over + rank : over) != axis && model.Opset() >= 13 ? [(0, axis)] : null;
                case "Transpose":
                    return node.Ints("perm") is { } order ? [(0, (int)order[axis])] : null;
                case "Gemm":
                    return axis == 0 && node.Int("transA", 0) == 0 && (node.Input.Count < 3 || node.Input[2].Length == 0 || index.Constant(node.Input[2]) is { } bias && (bias.Dims.Count < 2 || bias.Dims[0] == 1)) ? [(0, 0)] : null;
                case "MatMul":
                    return axis == rank - 2 && layouts.TryGetValue(node.Input[0], out var left) && left.Dimensions.Length == rank ? [(0, axis)]
                        : axis < rank - 2 && index.Constant(node.Input[1]) is { Dims.Count: 2 } ? [(0, axis)] : null;
                case "Reshape":
                    if (!layouts.TryGetValue(node.Input[0], out var from) || to.Varies.Count(varies => varies) > 1)
                        return null;
                    for (var at = 0; at < from.Dimensions.Length; at++)
                    {
                        if (!from.Varies[at] && from.Dimensions[at] == to.Dimensions[axis] && from.Dimensions.Take(at).Aggregate(1L, (all, size) => all * size) == to.Dimensions.Take(axis).Aggregate(1L, (all, size) => all * size))
                            return [(0, at)];
                    }

                    return null;
                default:
                    return null;
            }
        }

        private List<(int Input, int Axis)>? Aligned(NodeProto node, int[] inputs, int axis, int rank)
        {
            var found = new List<(int, int)>();
            foreach (var input in inputs)
            {
                var constant = index.Constant(node.Input[input]);
                var sizes = constant is not null ? [.. constant.Dims.Select(size => (int)size)] : layouts.TryGetValue(node.Input[input], out var layout) ? layout.Dimensions : null;
                if (sizes is null || constant is not null && constant.Type() != TensorProto.Types.DataType.Float)
                    return null;
                var at = axis - rank + sizes.Length;
                if (at >= 0 && sizes[at] != 1)
                    found.Add((input, at));
            }

            return found;
        }

        private void Write(long place)
        {
            var made = new List<NodeProto>();
            foreach (var (node, (axis, operands)) in narrow)
            {
                foreach (var (input, at) in operands)
                    node.Input[input] = Part(node.Input[input], at, place, made);
                if (node.OpType != "Reshape")
                    continue;
                var to = layouts[node.Output[0]];
                var shape = index.Fresh($"{node.Output[0]}_shape");
                graph.Initializer.Add(TensorValues.List(shape, [.. to.Dimensions.Select((size, i) => i == axis ? 1L : to.Varies[i] ? -1L : size)]));
                node.Input[1] = shape;
            }

            // the result has one place only
            var first = index.Constant(root.Input[1])!.Clone();
            first.Name = index.Fresh($"{root.Output[0]}_first");
            first = TensorValues.Of(first.Name, first.Shape(), (long[])[0]);
            graph.Initializer.Add(first);
            root.Input[1] = first.Name;
            graph.Node.AddRange(made);
            graph.ValueInfo.Clear();
            new DeadNodesPass().Apply(model);
        }

        private string Part(string value, int axis, long place, List<NodeProto> made)
        {
            if (index.Producer(value) is { } producer && narrow.ContainsKey(producer))
                return value;
            if (parts.TryGetValue((value, axis), out var known))
                return known;
            var result = parts[(value, axis)] = index.Fresh($"{value}_row");
            if (index.Constant(value) is { } constant)
            {
                var sizes = constant.Dims.Select(size => (int)size).ToArray();
                var all = constant.Floats();
                float[] part = [.. Movement.Of(value, sizes).Selected(axis, [(int)place]).From.Select(from => all[from])];
                sizes[axis] = 1;
                graph.Initializer.Add(TensorValues.Of(result, new Shape(sizes), part));
                return result;
            }

            var places = index.Fresh($"{result}_place");
            graph.Initializer.Add(TensorValues.List(places, [place]));
            var gather = new NodeProto { OpType = "Gather", Name = index.Fresh($"{result}_gather") };
            gather.Input.Add([value, places]);
            gather.Output.Add(result);
            made.Add(gather.With("axis", axis));
            return result;
        }
    }
}
