using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Who makes and who reads each value of a graph, as it was when the index was made; a pass that changes edges makes a new one.
/// Values that a nested graph (If, Loop, Scan) reads count as read by the node that holds it.
/// </summary>
internal sealed class GraphIndex
{
    private readonly Dictionary<string, NodeProto> producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeProto>> consumers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> initializers = new(StringComparer.Ordinal);
    private readonly HashSet<string> outputs;
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    public GraphIndex(GraphProto graph)
    {
        Graph = graph;
        outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        names.UnionWith(outputs);
        names.UnionWith(graph.Input.Select(input => input.Name));
        foreach (var tensor in graph.Initializer)
        {
            initializers[tensor.Name] = tensor;
            names.Add(tensor.Name);
        }

        foreach (var node in graph.Node)
        {
            names.Add(node.Name);
            foreach (var output in node.Output.Where(output => output.Length > 0))
            {
                producers[output] = node;
                names.Add(output);
            }

            foreach (var input in Reads(node).Distinct(StringComparer.Ordinal))
            {
                if (!consumers.TryGetValue(input, out var readers))
                    consumers[input] = readers = [];
                readers.Add(node);
            }
        }
    }

    /// <summary>The graph that is indexed.</summary>
    public GraphProto Graph { get; }

    /// <summary>The node that makes a value; <see langword="null"/> for inputs and initializers.</summary>
    public NodeProto? Producer(string value) => producers.GetValueOrDefault(value);

    /// <summary>The nodes that read a value, each once, in the order of the graph.</summary>
    public IReadOnlyList<NodeProto> Consumers(string value) => consumers.GetValueOrDefault(value) ?? (IReadOnlyList<NodeProto>)[];

    /// <summary>A constant by name: an initializer, or the value of a Constant node.</summary>
    public TensorProto? Constant(string value) =>
        initializers.TryGetValue(value, out var tensor) ? tensor
        : Producer(value) is { OpType: "Constant" } node ? node.Tensor("value")
        : null;

    /// <summary>Whether a value leaves the graph.</summary>
    public bool IsOutput(string value) => outputs.Contains(value);

    /// <summary>The only reader of a value that does not leave the graph; otherwise <see langword="null"/>.</summary>
    public NodeProto? OnlyConsumer(string value) => !IsOutput(value) && Consumers(value) is [var only] ? only : null;

    /// <summary>A name that nothing in the graph has; it is taken from then on.</summary>
    public string Fresh(string wish)
    {
        var name = wish;
        for (var i = 1; !names.Add(name); i++)
            name = $"{wish}_{i}";
        return name;
    }

    /// <summary>The nodes so that every value is made before it is read; ties stay in the order of the graph.</summary>
    /// <exception cref="StageException">The graph has a cycle.</exception>
    public IReadOnlyList<NodeProto> TopologicalOrder()
    {
        var missing = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        var place = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        var ready = new PriorityQueue<NodeProto, int>();
        for (var i = 0; i < Graph.Node.Count; i++)
        {
            var node = Graph.Node[i];
            place[node] = i;
            missing[node] = Reads(node).Distinct(StringComparer.Ordinal).Count(producers.ContainsKey);
            if (missing[node] == 0)
                ready.Enqueue(node, i);
        }

        var ordered = new List<NodeProto>(Graph.Node.Count);
        while (ready.TryDequeue(out var node, out _))
        {
            ordered.Add(node);
            foreach (var consumer in node.Output.Where(output => output.Length > 0).SelectMany(Consumers))
            {
                if (--missing[consumer] == 0)
                    ready.Enqueue(consumer, place[consumer]);
            }
        }

        return ordered.Count == Graph.Node.Count
            ? ordered
            : throw new StageException($"The graph '{Graph.Name}' has a cycle through {Graph.Node.First(node => missing[node] > 0).Name}. It is damaged: export it again.");
    }

    /// <summary>Every value that a node reads, also inside nested graphs.</summary>
    public static IEnumerable<string> Reads(NodeProto node) =>
        node.Input.Where(input => input.Length > 0)
            .Concat(node.Nested().SelectMany(graph => graph.Node.SelectMany(Reads).Concat(graph.Output.Select(output => output.Name))));
}
