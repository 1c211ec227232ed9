using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Puts the tokens of attention in windows in another order: all windows' first tokens, then all second ones. Queries, keys and values then lie so that the engine's product reads
/// them where they are (FusedMatMul), in place of transposing each; what moves the windows moves them into this order just as cheaply.
/// </summary>
internal sealed record WindowOrderPass : Pass
{
    private static readonly int[] Heads = [0, 2, 1, 3];
    private static readonly int[] Keys = [0, 2, 3, 1];

    private sealed record Windows(int Count, int Tokens, int Heads, int Width)
    {
        public int[] Sizes => [Count, Tokens, Heads, Width];
    }

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var changed = 0;
        foreach (var softmax in graph.Node.Where(node => node.IsA("Softmax")).ToArray())
        {
            var index = new GraphIndex(graph);
            changed += Turn(graph, index, new MoveTrace(index, layouts, 1), layouts, softmax) ? 1 : 0;
        }

        if (changed == 0)
            return 0;
        graph.ValueInfo.Clear();
        new DeadNodesPass().Apply(model);
        new SimplifyMovesPass().Apply(model);
        return changed;
    }

    private static bool Turn(GraphProto graph, GraphIndex index, MoveTrace trace, IReadOnlyDictionary<string, ValueLayout> layouts, NodeProto softmax)
    {
        if (index.OnlyConsumer(softmax.Output[0]) is not { } mix || !mix.IsA("MatMul") || mix.Input[0] != softmax.Output[0] || index.Scores(softmax.Input[0]) is not { } scores)
            return false;
        if (!layouts.TryGetValue(mix.Output[0], out var mixed) || mixed.Dimensions is not [var count, var heads, var tokens, var width] || count < 2 || mixed.Varies.Any(varies => varies))
            return false;
        var windows = new Windows(count, tokens, heads, width);
        if (Product(index, trace, scores.Input[0], windows, Heads) is not { } queries || Product(index, trace, scores.Input[1], windows, Keys) is not { } keys || Product(index, trace, mix.Input[1], windows, Heads) is not { } values)
            return false;
        var source = queries.Node.Input[0];
        if (keys.Node.Input[0] != source || values.Node.Input[0] != source || index.Producer(source) is not { } before || !MoveTrace.Moves(before))
            return false;
        if (Projection(index, trace, mix.Output[0], windows) is not { } projection || index.IsOutput(projection.Result) || !index.Consumers(projection.Result).All(MoveTrace.Moves) || !layouts.TryGetValue(projection.Result, out var given))
            return false;

        var writer = new Writer(graph, index);
        var readers = index.Consumers(projection.Result);
        var turned = writer.Transpose(writer.Reshape(source, [count, tokens, queries.Depth]), [1, 0, 2]);
        foreach (var product in new[] { queries, keys, values })
            product.Node.Input[0] = turned;
        int[] split = [tokens, count, heads, width];
        scores.Input[0] = writer.Transpose(writer.Reshape(queries.Result, split), [1, 2, 0, 3]);
        scores.Input[1] = writer.Transpose(writer.Reshape(keys.Result, split), [1, 2, 3, 0]);
        mix.Input[1] = writer.Transpose(writer.Reshape(values.Result, split), [1, 2, 0, 3]);
        projection.Node.Input[0] = writer.Reshape(writer.Transpose(mix.Output[0], [2, 0, 1, 3]), [tokens, count, heads * width]);
        var back = writer.Reshape(writer.Transpose(projection.Result, [1, 0, 2]), given.Dimensions);
        foreach (var reader in readers)
            reader.ReplaceInput(projection.Result, back);
        return true;
    }

    // the MatMul with a matrix that gives all windows' heads, read by nothing but what moves it to a value
    private static ConstantProduct? Product(GraphIndex index, MoveTrace trace, string value, Windows windows, int[] order)
    {
        var at = value;
        while (index.OnlyConsumer(at) is not null && index.Producer(at) is { } node && MoveTrace.Moves(node) && node.OpType != "Concat" && node.Output.Count == 1)
            at = node.Input[0];
        return index.OnlyConsumer(at) is not null && ConstantProduct.Behind(index, at) is { Node.OpType: "MatMul" } product && product.Width == windows.Heads * windows.Width && trace.Of(value) is { } movement && movement.Source == at
            && movement.From.AsSpan().SequenceEqual(Movement.Of(at, windows.Sizes).Transposed(order).From) ? product : null;
    }

    private static ConstantProduct? Projection(GraphIndex index, MoveTrace trace, string mixed, Windows windows)
    {
        var value = mixed;
        while (index.OnlyConsumer(value) is { } node && MoveTrace.Moves(node) && node.OpType != "Concat" && node.Output.Count == 1)
            value = node.Output[0];
        if (index.OnlyConsumer(value) is not { } reader || !reader.IsA("MatMul") || reader.Input[0] != value || trace.Of(value) is not { } movement || movement.Source != mixed || movement.Sizes[^1] != windows.Heads * windows.Width)
            return null;
        int[] sizes = [windows.Count, windows.Heads, windows.Tokens, windows.Width];
        if (!movement.From.AsSpan().SequenceEqual(Movement.Of(mixed, sizes).Transposed(Heads).From))
            return null;
        var result = index.OnlyConsumer(reader.Output[0]) is { } add && add.IsA("Add") && index.ConstantAndOther(add) is not null ? add.Output[0] : reader.Output[0];
        return ConstantProduct.Behind(index, result);
    }

    private sealed class Writer(GraphProto graph, GraphIndex index)
    {
        public string Reshape(string value, int[] sizes)
        {
            var shape = index.Fresh($"{GraphWriter.ConstantPrefix}shape_{string.Join('x', sizes)}");
            graph.Initializer.Add(TensorValues.List(shape, [.. sizes.Select(size => (long)size)]));
            return Node("Reshape", [value, shape]).Output[0];
        }

        public string Transpose(string value, long[] order) => Node("Transpose", [value]).With("perm", order).Output[0];

        private NodeProto Node(string type, string[] inputs)
        {
            var result = index.Fresh($"{inputs[0]}_{(type == "Reshape" ? "windows" : "turned")}");
            var node = new NodeProto { OpType = type, Name = index.Fresh($"{result}_{type.ToLowerInvariant()}") };
            node.Input.Add(inputs);
            node.Output.Add(result);
            graph.Node.Add(node);
            return node;
        }
    }
}
