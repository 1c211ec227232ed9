using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <content>Merging of tokens: which ones depends on the picture, but the shapes do not, so that standard operators compute it.</content>
internal sealed partial class OnnxOps
{
    // less than any cosine, also of what it is added to
    private const float Never = -4;

    private static readonly int[] LastTurned = [0, 2, 1];

    /// <inheritdoc/>
    public Value SizedAttention(Value query, Value key, Value value, Value sizes, string name, AttentionOptions options)
    {
        var row = As(sizes, new Shape(sizes.Shape[0], 1, 1, sizes.Shape[1]));
        return Attended(query, key, value, name, options, graph.Node("Log", $"{name}.log_sizes", [row.Name]));
    }

    /// <inheritdoc/>
    public Value MatchTokens(Value key, string name, TokenMatching matching)
    {
        var shape = shapes.MatchTokens(key.Shape, name, matching);
        var (batch, tokens, left) = (shape[0], shape[2], shape[1]);
        var (sources, targets) = (TokenMatching.Sources(tokens), TokenMatching.Targets(tokens));
        var directions = MeanDirections(key, name, matching.Heads);
        var likeness = graph.Node("MatMul", $"{name}.likeness", [EverySecond(0, "sources"), graph.Node("Transpose", $"{name}.targets_turned", [EverySecond(1, "targets")], ("perm", LastTurned))]);
        if (matching.ClassToken)
            likeness = graph.Node("Add", $"{name}.likeness_protected", [likeness, Protected(sources, targets, matching.DistillationToken)]);
        var best = Reductions.Max(graph, likeness, -1, $"{name}.best");                 // [B, sources, 1]
        var nearest = ToFloat(graph.Node("ArgMax", $"{name}.nearest", [likeness], ("axis", -1), ("keepdims", 0)), "nearest_place");

        // a source's rank is how many are before it: a permutation, also where some are equally like
        var others = graph.Node("Transpose", $"{name}.best_row", [best], ("perm", LastTurned));
        var earlier = Triangle("earlier", sources, (row, column) => column < row);
        var ties = graph.Node("Mul", $"{name}.ties", [ToFloat(graph.Node("Equal", $"{name}.equal", [others, best]), "equal_ones"), earlier]);
        var before = graph.Node("Add", $"{name}.before", [ToFloat(graph.Node("Greater", $"{name}.greater", [others, best]), "greater_ones"), ties]);
        var rank = Reductions.Sum(graph, before, 2, $"{name}.rank");                    // [B, sources]
        var kept = graph.Node("Less", $"{name}.kept", [graph.Scalar(matching.Count - 0.5f), rank]);

        var place = matching.ClassToken
            ? graph.Node("MatMul", $"{name}.place", [ToFloat(kept, "kept_ones"), Triangle("before", sources, (row, column) => row < column)])
            : graph.Node("Sub", $"{name}.place", [rank, graph.Scalar(matching.Count)]);
        if (matching.DistillationToken)
            place = graph.Node("Add", $"{name}.place_moved", [place, graph.Floats($"moved_{sources}", new Shape(sources), [.. Enumerable.Range(0, sources).Select(source => source > 0 ? 1f : 0)])]);
        var row = graph.Node("Where", $"{name}.row", [kept, place, graph.Node("Add", $"{name}.nearest_row", [nearest, graph.Scalar(sources - matching.Count)])]);

        // each token's row: those of the sources depend on the picture, those of the targets do not
        var spread = graph.Node("Gather", $"{name}.rows_spread", [row, graph.Integers($"halves_{tokens}", [.. Enumerable.Range(0, tokens).Select(n => (long)n / 2)])], ("axis", 1));
        var even = graph.Floats($"even_{tokens}", new Shape(tokens), [.. Enumerable.Range(0, tokens).Select(n => n % 2 == 0 ? 1f : 0)]);
        var odd = graph.Floats($"rows_of_targets_{tokens}", new Shape(tokens), [.. Enumerable.Range(0, tokens).Select(n => n % 2 == 0 ? 0f : matching.RowOfTarget(tokens, n / 2))]);
        var rows = graph.Node("Add", $"{name}.rows", [graph.Node("Mul", $"{name}.rows_of_sources", [spread, even]), odd]);
        var across = As(new Value(rows, shape, new Shape(batch, tokens), name), new Shape(batch, 1, tokens));
        var down = graph.Floats($"rows_{left}", new Shape(left, 1), [.. Enumerable.Range(0, left).Select(n => (float)n)]);
        return new Value(ToFloat(graph.Node("Equal", $"{name}.is_in", [across.Name, down]), "matching"), shape, shape, name);

        string ToFloat(string value, string role) => graph.Node("Cast", $"{name}.{role}", [value], ("to", (int)DataType.Float));

        string EverySecond(int first, string role) => graph.Node("Slice", $"{name}.{role}", [directions, graph.Integers("starts", first), graph.Integers("ends", int.MaxValue), graph.Integers("axis", 1), graph.Integers("steps", 2)]);
    }

    /// <inheritdoc/>
    public Value CountTokens(Value matching, string name)
    {
        var shape = shapes.CountTokens(matching.Shape, name);
        return new Value(Reductions.Sum(graph, Whole(matching), 2, name), shape, new Shape(shape[0], shape[1]), name);
    }

    /// <inheritdoc/>
    public Value SumTokens(Value matching, Value tokens, string name) =>
        Write("MatMul", name, shapes.SumTokens(matching.Shape, tokens.Shape, name), [Whole(matching), Whole(tokens)]);

    /// <inheritdoc/>
    public Value MergeTokens(Value tokens, Value matching, Value? sizes, Value merged, string name)
    {
        var weighted = Whole(tokens);
        if (sizes is not null)
            weighted = graph.Node("Mul", $"{name}.weighted", [weighted, Whole(sizes)]);
        var sums = graph.Node("MatMul", $"{name}.sums", [Whole(matching), weighted]);
        return Write("Div", name, shapes.MergeTokens(tokens.Shape, matching.Shape, sizes?.Shape, merged.Shape, name), [sums, Whole(merged)]);
    }

    /// <inheritdoc/>
    public Value SpreadTokens(Value tokens, Value matching, string name)
    {
        var turned = graph.Node("Transpose", $"{name}.matching_turned", [Whole(matching)], ("perm", LastTurned));
        return Write("MatMul", name, shapes.SpreadTokens(tokens.Shape, matching.Shape, name), [turned, Whole(tokens)]);
    }

    // [B, N, d]: attention takes the keys without their bias, whose mean is added here
    private string MeanDirections(Value key, string name, int heads)
    {
        var (keys, bias) = WithoutBias(key);
        var width = key.Shape[2] / heads;
        var split = As(InOrder(keys), heads == 1 ? key.Shape : new Shape(key.Shape[0], key.Shape[1], heads, width)).Name;
        var mean = heads == 1 ? split : Reductions.Mean(graph, split, 2, keep: false, $"{name}.keys");
        if (bias is not null)
            mean = graph.Node("Add", $"{name}.keys_biased", [mean, graph.Floats($"{name}.keys_bias", new Shape(width), [.. Enumerable.Range(0, width).Select(d => (float)Enumerable.Range(0, heads).Average(head => (double)bias[(head * width) + d]))])]);
        var length = graph.Node("Max", $"{name}.length_safe", [Reductions.Length(graph, mean, -1, $"{name}.length"), graph.Scalar(LeastLength)]);
        return graph.Node("Div", $"{name}.directions", [mean, length]);
    }

    private string Protected(int sources, int targets, bool second) => graph.Floats($"protected_{sources}x{targets}", new Shape(sources, targets),
        [.. Enumerable.Range(0, sources * targets).Select(i => i < targets || (second && i % targets == 0) ? Never : 0)]);

    private string Triangle(string wish, int side, Func<int, int, bool> inside) => graph.Floats($"{wish}_{side}", new Shape(side, side),
        [.. Enumerable.Range(0, side * side).Select(i => inside(i / side, i % side) ? 1f : 0)]);
}
