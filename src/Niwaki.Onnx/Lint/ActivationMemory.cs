using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>What a graph needs at once for the values that it computes, each kept from where it is made to where it is read last.</summary>
internal static class ActivationMemory
{
    /// <summary>The peak for one picture; <see langword="null"/> where the sizes of some values are not known.</summary>
    public static Bytes? Peak(ModelProto model)
    {
        var sizes = GraphShapes.BytesOf(model);
        var index = new GraphIndex(model.Graph);
        var order = index.TopologicalOrder();
        if (order.SelectMany(node => node.Output).Any(output => output.Length > 0 && !sizes.ContainsKey(output) && (index.IsOutput(output) || (index.Consumers(output).Count > 0 && !IsSmall(index, output)))))
            return null;
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        // what is only seen in another form lies in the memory of what it was made from
        var owner = new Dictionary<string, string>(StringComparer.Ordinal);
        string Owner(string value) => owner.TryGetValue(value, out var of) ? Owner(of) : value;
        for (var i = 0; i < order.Count; i++)
        {
            if (MoveTrace.Moves(order[i]) && MoveTrace.IsView(order[i]))
                owner[order[i].Output[0]] = order[i].Input[0];
            foreach (var input in GraphIndex.Reads(order[i]))
                last[Owner(input)] = i;
        }

        foreach (var output in model.Graph.Output)
            last[Owner(output.Name)] = order.Count;
        long alive = GraphShapes.Inputs(model.Graph).Sum(input => sizes.GetValueOrDefault(input.Name)), peak = alive;
        var ends = last.GroupBy(each => each.Value).ToDictionary(group => group.Key, group => group.Select(each => each.Key).ToArray());
        var made = new HashSet<string>(GraphShapes.Inputs(model.Graph).Select(input => input.Name), StringComparer.Ordinal);
        for (var i = 0; i < order.Count; i++)
        {
            foreach (var output in order[i].Output.Where(output => output.Length > 0 && !owner.ContainsKey(output)))
            {
                alive += sizes.GetValueOrDefault(output);
                made.Add(output);
            }

            peak = Math.Max(peak, alive);
            foreach (var output in order[i].Output.Where(output => output.Length > 0 && !owner.ContainsKey(output) && !last.ContainsKey(output)))
                alive -= sizes.GetValueOrDefault(output);
            alive -= ends.GetValueOrDefault(i, []).Where(made.Contains).Sum(value => sizes.GetValueOrDefault(value));
        }

        return new Bytes(peak);
    }

    // single numbers have no sizes that could be told from unknown ones
    private static bool IsSmall(GraphIndex index, string value) => index.Producer(value)?.OpType is "DynamicQuantizeLinear" or "Gather" or "Squeeze" or "Cast" or "Add" or "Mul" or "Sub" or "Div" or "Mod" or "Pow" or "Constant" or "Shape" or "ReduceMean" or "Floor" or "Identity" or "Size";
}
