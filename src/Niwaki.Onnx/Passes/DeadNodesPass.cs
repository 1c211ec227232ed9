using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Drops nodes and constants that no output depends on, and sorts what is left.</summary>
internal sealed record DeadNodesPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var index = new GraphIndex(graph);
        var alive = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(graph.Output.Select(output => output.Name));
        while (open.TryPop(out var value))
        {
            if (alive.Add(value) && index.Producer(value) is { } node)
            {
                foreach (var input in GraphIndex.Reads(node))
                    open.Push(input);
            }
        }

        var before = graph.Node.Count + graph.Initializer.Count;
        var nodes = index.TopologicalOrder().Where(node => node.Output.Any(alive.Contains)).ToArray();
        var constants = graph.Initializer.Where(tensor => alive.Contains(tensor.Name)).ToArray();
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        graph.Initializer.Clear();
        graph.Initializer.AddRange(constants);
        return before - nodes.Length - constants.Length;
    }
}
