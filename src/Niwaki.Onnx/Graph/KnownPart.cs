using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// The part of a graph in front of operators that ONNX Runtime does not have. It can be run, proved and quantized; those operators and what
/// they feed are put behind it again as they were.
/// </summary>
internal sealed class KnownPart
{
    private readonly ModelProto whole;
    private readonly HashSet<NodeProto> tail;
    private readonly string where;

    private KnownPart(ModelProto whole, HashSet<NodeProto> tail, string where)
    {
        (this.whole, this.tail, this.where) = (whole, tail, where);
        Unknown = [.. tail.Where(IsUnknown)];
        Tail = [.. whole.Graph.Node.Where(tail.Contains)];
        Model = Front();
    }

    /// <summary>The part that can be run; its outputs are those of the graph, and what the rest reads.</summary>
    public ModelProto Model { get; }

    /// <summary>The nodes that ONNX Runtime does not have, or that hold one.</summary>
    public IReadOnlyList<NodeProto> Unknown { get; }

    /// <summary>Those and all behind them.</summary>
    public IReadOnlyList<NodeProto> Tail { get; }

    /// <summary>The names of the unknown operators.</summary>
    public string Names => string.Join(", ", Unknown.SelectMany(Operators).Distinct(StringComparer.Ordinal).Take(6));

    /// <summary>Whether results of the graph are among the outputs of the part.</summary>
    public bool HasResults => Model.Graph.Output.Any(output => whole.Graph.Output.Any(other => other.Name == output.Name));

    /// <summary>Cuts a graph; <see langword="null"/> where every operator is known.</summary>
    /// <exception cref="StageException">Nothing is in front of them.</exception>
    public static KnownPart? Of(ModelProto whole, string where)
    {
        var defined = whole.Functions.Select(function => (function.Domain, function.Name)).ToHashSet();
        bool Stands(NodeProto node) => !defined.Contains((node.Domain, node.OpType)) && IsUnknown(node);
        if (!whole.Graph.Node.Any(Stands))
            return null;
        var index = new GraphIndex(whole.Graph);
        var tail = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in index.TopologicalOrder())
        {
            if (Stands(node) || GraphIndex.Reads(node).Any(value => index.Producer(value) is { } maker && tail.Contains(maker)))
                tail.Add(node);
        }

        var part = new KnownPart(whole, tail, where);
        return part.Model.Graph.Node.Count > 0 && part.Model.Graph.Output.Count > 0
            ? part
            : throw new StageException($"{where}: ONNX Runtime does not have {part.Names}, and nothing in front of it can be run. Export the network without it.");
    }

    /// <summary>Puts the rest behind the part, whatever was made of it.</summary>
    /// <exception cref="StageException">The part is in another operator set, in which the rest cannot be written.</exception>
    public ModelProto Joined(ModelProto changed)
    {
        var rest = Rest();
        if (changed.Opset() != rest.Opset())
            OpsetConversion.Apply(rest, changed.Opset(), where);
        var joined = changed.Clone();
        MakeRoom(joined.Graph, rest.Graph);
        var present = joined.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        joined.Graph.Initializer.AddRange(rest.Graph.Initializer.Where(tensor => present.Add(tensor.Name)));
        joined.Graph.Node.AddRange(rest.Graph.Node);
        joined.Graph.ValueInfo.AddRange(rest.Graph.ValueInfo);
        joined.Graph.Output.Clear();
        joined.Graph.Output.AddRange(whole.Graph.Output.Select(output => output.Clone()));
        foreach (var import in whole.OpsetImport.Where(import => joined.OpsetImport.All(other => other.Domain != import.Domain) && import.Domain is not ("" or "ai.onnx")))
            joined.OpsetImport.Add(import.Clone());
        return joined;
    }

    private ModelProto Front()
    {
        var front = whole.Clone();
        var graph = front.Graph;
        var made = whole.Graph.Node.Where(node => !tail.Contains(node)).SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        var read = Tail.SelectMany(GraphIndex.Reads).ToHashSet(StringComparer.Ordinal);
        graph.Node.Clear();
        graph.Node.AddRange(whole.Graph.Node.Where(node => !tail.Contains(node)).Select(node => node.Clone()));
        var outputs = whole.Graph.Output.Where(output => made.Contains(output.Name)).ToArray();
        var kinds = whole.Graph.ValueInfo.GroupBy(info => info.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        graph.Output.Clear();
        graph.Output.AddRange(outputs.Select(output => output.Clone()));
        // the last made first: it has gone through most
        graph.Output.AddRange(new GraphIndex(graph).TopologicalOrder().Reverse().SelectMany(node => node.Output).Where(value => read.Contains(value) && outputs.All(output => output.Name != value)).Select(value => kinds.TryGetValue(value, out var info) ? info.Clone() : new ValueInfoProto { Name = value }));
        new DeadNodesPass().Apply(front);
        return front;
    }

    private ModelProto Rest()
    {
        var read = Tail.SelectMany(GraphIndex.Reads).Concat(whole.Graph.Output.Select(output => output.Name)).ToHashSet(StringComparer.Ordinal);
        var made = Tail.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        var graph = new GraphProto { Name = whole.Graph.Name };
        graph.Node.AddRange(Tail.Select(node => node.Clone()));
        graph.Initializer.AddRange(whole.Graph.Initializer.Where(tensor => read.Contains(tensor.Name)).Select(tensor => tensor.Clone()));
        graph.ValueInfo.AddRange(whole.Graph.ValueInfo.Where(info => made.Contains(info.Name)).Select(info => info.Clone()));
        var rest = new ModelProto { IrVersion = whole.IrVersion, Graph = graph };
        rest.OpsetImport.AddRange(whole.OpsetImport.Select(import => import.Clone()));
        return rest;
    }

    // names that were made in the part make room for those of the rest, which are seen from outside
    private void MakeRoom(GraphProto graph, GraphProto rest)
    {
        var index = new GraphIndex(graph);
        var kept = Model.Graph.Output.Concat(GraphShapes.Inputs(whole.Graph)).Select(value => value.Name).ToHashSet(StringComparer.Ordinal);
        var constants = rest.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var theirs = rest.Node.SelectMany(node => node.Output).Concat(constants.Keys).Where(name => name.Length > 0 && !kept.Contains(name)).ToHashSet(StringComparer.Ordinal);
        foreach (var name in theirs)
        {
            var tensor = graph.Initializer.FirstOrDefault(each => each.Name == name);
            if ((tensor is null && index.Producer(name) is null) || (tensor is not null && constants.TryGetValue(name, out var same) && same.Equals(tensor)))
                continue;
            var fresh = name;
            do
                fresh = index.Fresh(name);
            while (theirs.Contains(fresh));
            if (tensor is not null)
                tensor.Name = fresh;
            else if (index.Producer(name) is { } producer)
                producer.Output[producer.Output.IndexOf(name)] = fresh;
            foreach (var reader in index.Consumers(name))
                reader.ReplaceInput(name, fresh);
        }

        foreach (var node in rest.Node)
        {
            if (node.Name.Length > 0 && graph.Node.FirstOrDefault(other => other.Name == node.Name) is { } twin)
                twin.Name = index.Fresh(twin.Name);
        }
    }

    private static bool IsUnknown(NodeProto node) => !StandardOperators.Has(node.Domain, node.OpType) || node.Nested().Any(graph => graph.Node.Any(IsUnknown));

    private static IEnumerable<string> Operators(NodeProto node) => StandardOperators.Has(node.Domain, node.OpType)
        ? node.Nested().SelectMany(graph => graph.Node).SelectMany(Operators)
        : [node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}.{node.OpType}"];
}
