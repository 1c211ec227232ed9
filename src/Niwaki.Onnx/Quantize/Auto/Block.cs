using System.Text;
using Google.Protobuf;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Nodes of a plan that hand 8-bit values to each other or read the same one: what gains or loses speed as one.</summary>
/// <param name="Nodes">In the order of the float graph, with the activations that the engine computes with them.</param>
/// <param name="Products">The products among them.</param>
/// <param name="Inputs">Values that come from outside.</param>
/// <param name="Outputs">Values that are read outside.</param>
internal sealed record Block(IReadOnlyList<NodeProto> Nodes, IReadOnlyList<Product> Products, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs)
{
    /// <summary>The blocks of a plan.</summary>
    /// <param name="graph">In float, as the plan was made for it.</param>
    /// <param name="plan">What runs in 8 bits.</param>
    public static IReadOnlyList<Block> Of(GraphProto graph, QuantizationPlan plan)
    {
        var index = new GraphIndex(graph);
        var chosen = graph.Node.Where(plan.Chose).ToArray();
        var parents = new Dictionary<NodeProto, NodeProto>(ReferenceEqualityComparer.Instance);
        NodeProto Root(NodeProto node)
        {
            while (parents.TryGetValue(node, out var parent))
                node = parent;
            return node;
        }

        void Join(NodeProto one, NodeProto other)
        {
            var (left, right) = (Root(one), Root(other));
            if (!ReferenceEquals(left, right))
                parents[left] = right;
        }

        var values = plan.Values.ToHashSet(StringComparer.Ordinal);
        foreach (var node in chosen)
        {
            var results = node.Output.Append(plan.Result(node)).Distinct(StringComparer.Ordinal);
            if (plan.Makes8Bits(node))
            {
                foreach (var reader in results.SelectMany(index.Consumers).Where(plan.Chose))
                    Join(node, reader);
            }
        }

        foreach (var value in values)
        {
            var readers = index.Consumers(value).Where(plan.Chose).ToArray();
            for (var i = 1; i < readers.Length; i++)
                Join(readers[0], readers[i]);
        }

        var products = plan.Products.ToDictionary(product => product.Node, (IEqualityComparer<NodeProto>)ReferenceEqualityComparer.Instance);
        return [.. chosen.GroupBy(Root, (IEqualityComparer<NodeProto>)ReferenceEqualityComparer.Instance).Select(group => Of([.. group], index, plan, products, graph)).Where(block => block.Products.Count > 0)];
    }

    /// <summary>The same text for blocks that take the same time: operators, attributes and sizes, without names and numbers.</summary>
    public string Signature(GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        var text = new StringBuilder();
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        int Number(string value) => numbers.TryGetValue(value, out var number) ? number : numbers[value] = numbers.Count;
        foreach (var input in Inputs)
            text.Append(Number(input)).Append(':').AppendJoin('x', layouts[input].Dimensions).Append(' ');
        foreach (var node in Nodes)
        {
            text.Append(node.OpType).Append('(');
            foreach (var input in node.Input)
                text.Append(input.Length == 0 ? "-" : index.Constant(input) is { } constant ? $"[{string.Join('x', constant.Dims)}]" : $"{Number(input)}").Append(',');
            foreach (var attribute in node.Attribute.OrderBy(attribute => attribute.Name, StringComparer.Ordinal))
                text.Append(Convert.ToHexString(attribute.ToByteArray()));
            text.Append(")>").AppendJoin(',', node.Output.Select(Number)).Append(' ');
        }

        return text.Append("=>").AppendJoin(',', Outputs.Select(Number)).ToString();
    }

    /// <summary>What kind of layers these are, for people: <c>Conv 3x3 16→32 at 64x64</c>; longer chains by their number.</summary>
    public string Title(IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        var kinds = Products.Select(product => Kind(product, layouts)).ToArray();
        return kinds.Length == 1 ? kinds[0] : kinds.Distinct().Count() == 1 ? $"{kinds.Length} x {kinds[0]}" : $"{kinds.Length} products from {kinds[0]} to {kinds[^1]}";
    }

    /// <summary>The kind of a product, with its sizes.</summary>
    public static string Kind(Product product, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        var output = layouts[product.Node.Output[0]].Dimensions;
        if (product.Weight is not { } weight)
            return $"MatMul of two values [{string.Join(", ", output)}]";
        if (product.Node.OpType != "Conv")
            return $"{product.Node.OpType} {weight.Dims[1 - product.Axis]}→{weight.Dims[product.Axis]} on {output.SkipLast(1).Aggregate(1L, (all, size) => all * size)} rows";
        var group = product.Node.Int("group", 1);
        var kind = group == 1 ? "Conv" : group == weight.Dims[0] ? "depthwise Conv" : $"Conv of {group} groups";
        return $"{kind} {string.Join("x", weight.Dims.Skip(2))} {weight.Dims[1] * group}→{weight.Dims[0]} at {string.Join("x", output.Skip(2))}";
    }

    private static Block Of(NodeProto[] group, GraphIndex index, QuantizationPlan plan, Dictionary<NodeProto, Product> products, GraphProto graph)
    {
        var inside = group.ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in group.Where(node => plan.Result(node) != node.Output[0]))
        {
            if (index.Producer(plan.Result(node)) is { } activation)
                inside.Add(activation);
        }

        var nodes = graph.Node.Where(inside.Contains).ToArray();
        var made = nodes.SelectMany(node => node.Output).Where(value => value.Length > 0).ToHashSet(StringComparer.Ordinal);
        var inputs = nodes.SelectMany(GraphIndex.Reads).Where(value => !made.Contains(value) && index.Constant(value) is null).Distinct(StringComparer.Ordinal).ToArray();
        var outputs = made.Where(value => index.IsOutput(value) || index.Consumers(value).Any(reader => !inside.Contains(reader))).ToArray();
        return new Block(nodes, [.. nodes.Where(products.ContainsKey).Select(node => products[node])], inputs, outputs.Length > 0 ? outputs : [nodes[^1].Output[0]]);
    }
}
