using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Makes one transpose of two in a row; none where they undo each other.</summary>
internal sealed record MergeTransposesPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var merged = 0;
        foreach (var second in graph.Node.Where(node => node.OpType == "Transpose").ToArray())
        {
            var index = new GraphIndex(graph);
            if (second.Ints("perm") is not { } outer || index.Producer(second.Input[0]) is not { OpType: "Transpose" } first || first.Ints("perm") is not { } inner)
                continue;
            var both = outer.Select(axis => inner[axis]).ToArray();
            if (both.Select((axis, i) => axis == i).All(same => same) && !index.IsOutput(second.Output[0]))
            {
                foreach (var reader in index.Consumers(second.Output[0]))
                    reader.ReplaceInput(second.Output[0], first.Input[0]);
                graph.Node.Remove(second);
            }
            else
            {
                second.Input[0] = first.Input[0];
                second.With("perm", both);
            }

            merged++;
        }

        return merged;
    }
}
