using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Makes one of ONNX Runtime's MultiHeadAttention of the nodes of attention (arXiv:1706.03762, section 3.2): heads taken apart, products,
/// an added constant, softmax, product, heads put together. Not always faster: it is measured before it is kept.
/// </summary>
internal sealed record FuseAttentionPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var index = new GraphIndex(graph);
        var trace = new MoveTrace(index, layouts, 1);
        var ends = MoveChains.Ends(index).ToArray();
        var fused = 0;
        foreach (var softmax in graph.Node.Where(node => node.IsA("Softmax")).ToArray())
        {
            if (Scores(index, softmax) is not var (scores, bias) || index.OnlyConsumer(softmax.Output[0]) is not { } mix || !mix.IsA("MatMul") || mix.Input[0] != softmax.Output[0])
                continue;
            if (!layouts.TryGetValue(scores.Output[0], out var layout) || layout.Dimensions is not [_, var heads, var queries, var keys] || softmax.Int("axis", -1) is not (-1 or 3))
                continue;
            if (bias is not null && (bias.Dims is not [1, _, _, _] and not [_, _, _, _] || bias.Dims[2] != queries || bias.Dims[3] != keys || (bias.Dims[0] != 1 && layout.Varies[0]) || (bias.Dims[1] != 1 && bias.Dims[1] != heads)))
                continue;
            var query = Tokens(trace, layouts, scores.Input[0], heads, [0, 2, 1, 3]);
            var key = Tokens(trace, layouts, scores.Input[1], heads, [0, 2, 3, 1]);
            var value = Tokens(trace, layouts, mix.Input[1], heads, [0, 2, 1, 3]);
            if (query is null || key is null || value is null || Joined(trace, index, layouts, ends, mix.Output[0]) is not { } output)
                continue;
            var node = new NodeProto { OpType = "MultiHeadAttention", Domain = TargetRules.ContribDomain, Name = index.Fresh($"{mix.Name}_attention") };
            node.Input.Add([query, key, value]);
            if (bias is not null)
                node.Input.Add([string.Empty, string.Empty, Stored(graph, index, bias)]);
            node.Output.Add(output);
            node.With("num_heads", heads).With("scale", 1f);
            var last = index.Producer(output)!;
            last.Output[last.Output.IndexOf(output)] = index.Fresh($"{output}_before");
            graph.Node.Add(node);
            model.Import(TargetRules.ContribDomain, 1);
            fused++;
        }

        if (fused > 0)
            new DeadNodesPass().Apply(model);
        return fused;
    }

    private static (NodeProto Scores, TensorProto? Bias)? Scores(GraphIndex index, NodeProto softmax)
    {
        if (index.Made(softmax.Input[0], "MatMul") is { } bare)
            return (bare, null);
        return index.Made(softmax.Input[0], "Add") is { } add && index.ConstantAndOther(add) is var (bias, other) && bias.Dims.Count == 4 && index.Made(other, "MatMul") is { } scores ? (scores, bias) : null;
    }

    // [B, N, heads * width], where a value is that with its heads taken apart in one order of axes
    private static string? Tokens(MoveTrace trace, IReadOnlyDictionary<string, ValueLayout> layouts, string value, int heads, int[] order)
    {
        trace.Forget();
        if (trace.Of(value) is not { } movement || !layouts.TryGetValue(movement.Source, out var layout) || layout.Dimensions is not [var batch, var tokens, var width] || width % heads != 0)
            return null;
        var wanted = Movement.Of(movement.Source, [batch, tokens, heads, width / heads]).Transposed(order);
        return wanted.Sizes.AsSpan().SequenceEqual(movement.Sizes) && wanted.From.AsSpan().SequenceEqual(movement.From) ? movement.Source : null;
    }

    // [B, N, heads * width], where the heads are together again
    private static string? Joined(MoveTrace trace, GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts, string[] ends, string mixed)
    {
        if (!layouts.TryGetValue(mixed, out var layout) || layout.Dimensions is not [var batch, var heads, var tokens, var width] || index.OnlyConsumer(mixed) is not { } turn)
            return null;
        var open = turn;
        while (MoveTrace.Moves(open))
        {
            var value = open.Output[0];
            trace.Forget();
            if (layouts.TryGetValue(value, out var joined) && joined.Dimensions.AsSpan().SequenceEqual((int[])[batch, tokens, heads * width]) && trace.Of(value) is { } movement && movement.Source == mixed)
            {
                var wanted = Movement.Of(mixed, layout.Dimensions).Transposed([0, 2, 1, 3]);
                return wanted.From.AsSpan().SequenceEqual(movement.From) ? value : null;
            }

            if (ends.Contains(value) || index.OnlyConsumer(value) is not { } next)
                return null;
            open = next;
        }

        return null;
    }

    private static string Stored(GraphProto graph, GraphIndex index, TensorProto tensor)
    {
        if (index.Producer(tensor.Name) is null && tensor.Name.Length > 0)
            return tensor.Name;
        var copy = tensor.Clone();
        copy.Name = index.Fresh("attention_bias");
        graph.Initializer.Add(copy);
        return copy.Name;
    }
}
