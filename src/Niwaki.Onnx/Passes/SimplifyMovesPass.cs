using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Writes every chain of nodes that only move data (reshapes, transposes, slices, joins: window partitions, cyclic shifts, merged patches,
/// heads) in the fewest copies that do the same: none, one transpose, or one gather of rows.
/// </summary>
internal sealed record SimplifyMovesPass : Pass
{
    private const int MostRounds = 8;

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var changed = 0;
        // what one chain leaves may make another one shorter
        for (var round = 0; round < MostRounds && Once(model) is > 0 and var more; round++)
            changed += more;
        return changed;
    }

    private static int Once(ModelProto model)
    {
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var index = new GraphIndex(graph);
        var (one, two) = (new MoveTrace(index, layouts, 1), new MoveTrace(index, layouts, 2));
        var writer = new MoveWriter(graph, index);
        var changed = 0;
        foreach (var end in MoveChains.Ends(index).ToArray())
        {
            one.Forget();
            two.Forget();
            if (one.Of(end) is not { } movement || movement.Source == end || !layouts.TryGetValue(movement.Source, out var from) || !layouts.TryGetValue(end, out var to))
                continue;
            var nodes = MoveChains.Behind(index, end, movement.Source);
            var isFree = from.Varies.Any(varies => varies);
            if (isFree != to.Varies.Any(varies => varies) || to.Varies.Count(varies => varies) > 1 || nodes.Count == 1 && !MoveTrace.IsView(nodes[0]))
                continue;
            if (MoveChains.Form(movement, isFree ? two.Of(end) : movement, (int)from.Elements) is not { } form)
                continue;
            if (form is TransposeMoveForm { Order.Length: <= 1 } && from.Dimensions.SequenceEqual(to.Dimensions) && !index.IsOutput(end))
            {
                Bypass(index, end, movement.Source);
                changed++;
                continue;
            }

            var written = writer.Write(form, movement.Source, from, end, to);
            // a copy costs time, a view hardly any
            var before = Dying(index, nodes, end).Sum(node => MoveTrace.IsView(node) ? 0.01 : node.Output.Sum(output => layouts.TryGetValue(output, out var layout) ? (double)layout.Elements / to.Elements : 0));
            var after = written.Sum(node => MoveTrace.IsView(node) ? 0.01 : 1);
            if (after >= before)
                continue;
            index.Producer(end)!.Output[index.Producer(end)!.Output.IndexOf(end)] = index.Fresh($"{end}_before");
            foreach (var node in written)
                graph.Node.Add(node);
            changed++;
        }

        if (changed > 0)
            new DeadNodesPass().Apply(model);
        return changed;
    }

    private static void Bypass(GraphIndex index, string value, string source)
    {
        foreach (var reader in index.Consumers(value))
            reader.ReplaceInput(value, source);
    }

    // the nodes that nothing needs any more when another one gives the end
    private static List<NodeProto> Dying(GraphIndex index, IReadOnlyList<NodeProto> nodes, string end)
    {
        var dying = new List<NodeProto>();
        for (var before = -1; before != dying.Count;)
        {
            before = dying.Count;
            dying.AddRange(nodes.Where(node => !dying.Contains(node)
                && node.Output.All(output => output.Length == 0 || output == end || (!index.IsOutput(output) && index.Consumers(output).All(dying.Contains)))));
        }

        return dying;
    }
}
