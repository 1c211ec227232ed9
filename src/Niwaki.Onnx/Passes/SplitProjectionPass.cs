using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Splits one product that gives queries, keys and values into three: each is then turned once, as its reader wants it, in place of
/// turning all three together and cutting them apart.
/// </summary>
internal sealed record SplitProjectionPass : Pass
{
    private const int LeastColumns = 8;

    private sealed record Part(string End, Movement Movement, Movement? Two, int First, int Count);

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var index = new GraphIndex(graph);
        var traces = (One: new MoveTrace(index, layouts, 1), Two: new MoveTrace(index, layouts, 2));
        var writer = new MoveWriter(graph, index);
        var bySource = MoveChains.Ends(index).Select(end => (End: end, Source: Source(traces.One, end))).Where(each => each.Source is not null && each.Source != each.End).GroupBy(each => each.Source!, StringComparer.Ordinal).ToArray();
        var split = 0;
        foreach (var group in bySource)
        {
            if (ConstantProduct.Behind(index, group.Key) is not { } product || index.IsOutput(group.Key) || !index.Consumers(group.Key).All(MoveTrace.Moves) || !layouts.TryGetValue(group.Key, out var layout))
                continue;
            var parts = Parts(traces, group.Select(each => each.End), product, layout);
            if (parts is null)
                continue;
            var made = new List<NodeProto>();
            foreach (var block in parts.GroupBy(part => (part.First, part.Count)))
            {
                var value = Multiply(graph, index, product, block.Key.First, block.Key.Count, made);
                var own = layout with { Dimensions = [.. layout.Dimensions.SkipLast(1), block.Key.Count] };
                foreach (var part in block)
                {
                    var form = MoveChains.Form(part.Movement, part.Two, (int)own.Elements)!;
                    made.AddRange(writer.Write(form, value, own, part.End, layouts[part.End]));
                    var producer = index.Producer(part.End)!;
                    producer.Output[producer.Output.IndexOf(part.End)] = index.Fresh($"{part.End}_before");
                }
            }

            foreach (var node in made)
                graph.Node.Add(node);
            split++;
        }

        if (split > 0)
            new DeadNodesPass().Apply(model);
        return split;
    }

    private static string? Source(MoveTrace trace, string end)
    {
        var source = trace.Of(end)?.Source;
        trace.Forget();
        return source;
    }

    // the blocks of columns that are read, each by itself; null where it is one block, or rows are read in part
    private static List<Part>? Parts((MoveTrace One, MoveTrace Two) traces, IEnumerable<string> ends, ConstantProduct product, ValueLayout layout)
    {
        var parts = new List<Part>();
        var isFree = layout.Varies.Any(varies => varies);
        foreach (var end in ends)
        {
            if (traces.One.Of(end) is not { } movement)
                return null;
            var (low, high) = (int.MaxValue, 0);
            foreach (var place in movement.From)
                (low, high) = (Math.Min(low, place % product.Width), Math.Max(high, place % product.Width));
            var count = high - low + 1;
            var rows = (int)(layout.Elements / product.Width);
            if (count < LeastColumns || count == product.Width || movement.From.Length != (long)rows * count)
                return null;
            var one = Narrowed(movement, product.Width, low, count);
            var two = isFree ? traces.Two.Of(end) is { } more ? Narrowed(more, product.Width, low, count) : null : one;
            if (MoveChains.Form(one, two, rows * count) is null)
                return null;
            parts.Add(new Part(end, one, two, low, count));
        }

        traces.One.Forget();
        traces.Two.Forget();
        var blocks = parts.Select(part => (part.First, part.Count)).Distinct().OrderBy(block => block.First).ToArray();
        return blocks.Length > 1 && blocks.Zip(blocks.Skip(1)).All(pair => pair.First.First + pair.First.Count <= pair.Second.First) ? parts : null;
    }

    private static Movement Narrowed(Movement movement, int width, int first, int count) => movement with { From = [.. movement.From.Select(place => (place / width * count) + (place % width) - first)] };

    private static string Multiply(GraphProto graph, GraphIndex index, ConstantProduct product, int first, int count, List<NodeProto> made)
    {
        string Store(string wish, Shape shape, float[] values)
        {
            var name = index.Fresh(wish);
            graph.Initializer.Add(TensorValues.Of(name, shape, values));
            return name;
        }

        var name = index.Fresh($"{product.Node.Name}_{first}");
        var weight = Store($"{product.Weight.Name}_{first}", new Shape(product.Depth, count), product.Columns(first, count));
        var node = new NodeProto { OpType = product.Node.OpType, Name = name };
        node.Input.Add([product.Node.Input[0], weight]);
        node.Output.Add(index.Fresh($"{name}_out"));
        made.Add(node);
        if (product.Bias is not { } bias)
            return node.Output[0];
        var vector = Store($"{(bias.Name.Length > 0 ? bias.Name : name)}_{first}", new Shape(count), bias.Floats()[first..(first + count)]);
        if (node.OpType == "Gemm")
        {
            node.Input.Add(vector);
            return node.Output[0];
        }

        var addition = new NodeProto { OpType = "Add", Name = index.Fresh($"{name}_bias") };
        addition.Input.Add([node.Output[0], vector]);
        addition.Output.Add(index.Fresh($"{name}_sum"));
        made.Add(addition);
        return addition.Output[0];
    }
}
