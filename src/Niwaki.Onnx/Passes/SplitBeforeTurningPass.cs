using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Where a Gemm's result is turned and then split into heads, splits first: ONNX Runtime would draw a transpose of two axes into the Gemm, which it then no longer computes
/// in 8 bits, while the other one goes into the product behind it.
/// </summary>
internal sealed record SplitBeforeTurningPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var index = new GraphIndex(graph);
        var changed = 0;
        foreach (var turn in graph.Node.Where(node => node.IsA("Transpose")).ToArray())
        {
            if (index.Made(turn.Input[0], "Gemm") is null || turn.Ints("perm") is not (null or [1, 0]) || index.OnlyConsumer(turn.Output[0]) is not { } split || !split.IsA("Reshape"))
                continue;
            if (!layouts.TryGetValue(turn.Input[0], out var from) || !layouts.TryGetValue(split.Output[0], out var to) || from.Dimensions is not [var rows, _] || from.Varies.Concat(to.Varies).Any(varies => varies) || to.Dimensions.Length < 3 || to.Dimensions[^1] != rows)
                continue;
            // the axes in front of the last one are those of a row
            var axes = to.Dimensions.Length - 1;
            var sizes = index.Fresh($"{split.Output[0]}_heads");
            graph.Initializer.Add(TensorValues.List(sizes, [rows, .. to.Dimensions.Take(axes).Select(size => (long)size)]));
            var result = split.Output[0];
            (split.Input[0], split.Input[1], split.Output[0]) = (turn.Input[0], sizes, index.Fresh($"{result}_split"));
            (turn.Input[0], turn.Output[0]) = (split.Output[0], result);
            turn.With("perm", (long[])[.. Enumerable.Range(1, axes).Select(axis => (long)axis), 0]);
            changed++;
        }

        if (changed > 0)
            new DeadNodesPass().Apply(model);
        return changed;
    }
}
