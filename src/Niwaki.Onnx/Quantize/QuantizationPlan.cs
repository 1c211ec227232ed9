using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Which nodes of a graph run in 8 bits, and which values get a scale. Products are chosen; what lies between them (moving data,
/// adding, joining) follows where its inputs have 8 bits anyway and all that read it want 8 bits.
/// </summary>
internal sealed class QuantizationPlan
{
    /// <summary>Nodes that only move elements, whose input and output share a scale.</summary>
    private static readonly HashSet<string> Movers = ["Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather", "MaxPool", "Resize", "Expand", "DepthToSpace", "SpaceToDepth", "Identity"];

    /// <summary>Nodes that combine values, for which the engine has 8-bit kernels.</summary>
    private static readonly HashSet<string> Blends = ["Add", "Mul", "Concat", "Sigmoid", "LeakyRelu", "AveragePool", "GlobalAveragePool"];

    /// <summary>Why the first convolution stays in float.</summary>
    public const string IsFirst = "the first convolution";

    /// <summary>Why the two products of attention stay in float.</summary>
    public const string IsInside = "a product inside attention";

    private readonly GraphIndex index;
    private readonly IReadOnlyDictionary<string, ValueLayout> layouts;
    private readonly HashSet<NodeProto> chosen = new(ReferenceEqualityComparer.Instance);
    private readonly List<(string Input, string Output)> joins = [];
    private readonly HashSet<string> rectified = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> parents = new(StringComparer.Ordinal);

    private QuantizationPlan(GraphIndex index, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        this.index = index;
        this.layouts = layouts;
    }

    /// <summary>The products that run in 8 bits, in the order of the graph.</summary>
    public IReadOnlyList<Product> Products { get; private set; } = [];

    /// <summary>The values that get a scale, in the order of the graph.</summary>
    public IReadOnlyList<string> Values { get; private set; } = [];

    /// <summary>What was decided about each product, and about each other node that runs in 8 bits.</summary>
    public IReadOnlyList<NodeDecision> Decisions { get; private set; } = [];

    /// <summary>Whether a node only moves elements.</summary>
    public static bool OnlyMoves(NodeProto node) => Movers.Contains(node.OpType);

    /// <summary>Whether a node runs in 8 bits.</summary>
    public bool Chose(NodeProto node) => chosen.Contains(node);

    /// <summary>Whether a node's result exists in 8 bits only. A Gemm's does not: its kernel gives float as well, which saves a rounding.</summary>
    public bool Makes8Bits(NodeProto node) => chosen.Contains(node) && node.OpType != "Gemm";

    /// <summary>The value that a node and the activation computed with it give.</summary>
    public string Result(NodeProto node) => Movers.Contains(node.OpType) ? node.Output[0] : Product.Behind(node, index);

    /// <summary>The value that stands for all values with the scale of this one.</summary>
    public string ScaleOf(string value)
    {
        while (parents.TryGetValue(value, out var parent))
            value = parent;
        return value;
    }

    /// <summary>
    /// Gives what a Concat joins one scale, so that it only copies. Not where a ReLU's result would get the scale of values below
    /// zero: the engine computes a ReLU with its product only where zero is the smallest code.
    /// </summary>
    /// <param name="low">The smallest number of each value.</param>
    public void JoinConcats(Func<string, double> low)
    {
        foreach (var (input, output) in joins)
        {
            var (one, other) = (Values.Where(value => ScaleOf(value) == ScaleOf(input)).ToArray(), Values.Where(value => ScaleOf(value) == ScaleOf(output)).ToArray());
            var isRectified = one.Concat(other).Any(rectified.Contains);
            if (!isRectified || one.Concat(other).Min(low) >= 0)
                Join(input, output);
        }
    }

    /// <summary>Decides.</summary>
    public static QuantizationPlan Of(GraphProto graph, IReadOnlyDictionary<string, ValueLayout> layouts, Quantize options)
    {
        var plan = new QuantizationPlan(new GraphIndex(graph), layouts);
        plan.Choose(options);
        return plan;
    }

    private void Choose(Quantize options)
    {
        var exclude = new NamePatterns(options.Exclude);
        var order = index.TopologicalOrder();
        var all = new Dictionary<NodeProto, Product>(ReferenceEqualityComparer.Instance);
        var decisions = new Dictionary<NodeProto, NodeDecision>(ReferenceEqualityComparer.Instance);
        foreach (var node in order)
        {
            var (product, obstacle) = Product.Of(node, index, layouts);
            if (product is not null)
                all[node] = product;
            if (product is null && obstacle is null)
                continue;
            decisions[node] = new NodeDecision(node.Name, node.OpType, Int8: false, obstacle ?? string.Empty) { Macs = product?.Macs ?? default };
        }

        var convolutions = all.Values.Where(product => product.Node.OpType == "Conv").ToArray();
        var last = Classifiers(all);
        foreach (var (node, product) in all)
        {
            var reason = exclude.Matching(node.Name) is { } pattern ? $"excluded by '{pattern}'"
                : !options.First && ReferenceEquals(node, convolutions.FirstOrDefault()?.Node) && !IsPooled(node) ? IsFirst
                : !options.Last && last.Contains(node) ? "gives the result"
                : product.Weight is null && !options.Attention ? IsInside
                : options.Scheme.Obstacle(product) is { } obstacle ? obstacle
                : product.Node.OpType != "Conv" && product.Macs < options.MinLinearMacs ? $"only {product.Macs}"
                : null;
            if (reason is null)
                chosen.Add(node);
            decisions[node] = decisions[node] with { Int8 = reason is null, Reason = reason ?? "product", Runs = reason is null ? options.Scheme.Runs(product) : "float" };
        }

        if (options.Scheme.Calibrates)
            Spread(order, all.Values.Where(product => chosen.Contains(product.Node)), exclude);
        Products = [.. order.Where(node => chosen.Contains(node) && all.ContainsKey(node)).Select(node => all[node])];
        foreach (var node in order.Where(node => chosen.Contains(node) && !all.ContainsKey(node)))
            decisions[node] = new NodeDecision(node.Name, node.OpType, Int8: true, Movers.Contains(node.OpType) ? "moves 8-bit data" : "between 8-bit nodes");
        Decisions = [.. order.Where(decisions.ContainsKey).Select(node => decisions[node])];
        if (options.Scheme.Calibrates)
            Tie(order, all);
    }

    // ONNX Runtime pulls the rounding of what is pooled in front of the pooling, whose 8-bit kernel is slow on what a float convolution gives
    private bool IsPooled(NodeProto node) => index.Consumers(Product.Behind(node, index)).Any(reader => reader.OpType == "MaxPool");

    /// <summary>Products from which a result is reached through nodes that are no product.</summary>
    private HashSet<NodeProto> Classifiers(Dictionary<NodeProto, Product> all)
    {
        var found = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var seen = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var open = new Stack<string>(index.Graph.Output.Select(output => output.Name));
        while (open.TryPop(out var value))
        {
            if (index.Producer(value) is not { } node || !seen.Add(node))
                continue;
            if (all.ContainsKey(node))
                found.Add(node);
            else
                node.Input.Where(input => input.Length > 0).ToList().ForEach(open.Push);
        }

        return found;
    }

    /// <summary>
    /// Starts with every mover and blend and takes out those that would cost accuracy or gain nothing, until none is left. A value
    /// is given where it comes from 8-bit products through such nodes only, or a product reads it anyway; it is wanted where all
    /// that read it lead to products so.
    /// </summary>
    private void Spread(IReadOnlyList<NodeProto> order, IEnumerable<Product> products, NamePatterns exclude)
    {
        var factors = products.SelectMany(product => product.Factors).ToHashSet(StringComparer.Ordinal);
        var candidates = order.Where(node => (Movers.Contains(node.OpType) || Blends.Contains(node.OpType)) && exclude.Matching(node.Name) is null && Fits(node)).ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        chosen.UnionWith(candidates);
        for (var before = 0; before != chosen.Count;)
        {
            before = chosen.Count;
            var given = factors.ToHashSet(StringComparer.Ordinal);
            foreach (var node in order)
            {
                if (Makes8Bits(node) && (!candidates.Contains(node) || Data(node).All(given.Contains)))
                    given.UnionWith(Results(node));
            }

            var wanting = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
            bool Wanted(string value) => !index.IsOutput(value) && index.Consumers(value).All(wanting.Contains);
            foreach (var node in order.Reverse())
            {
                if (chosen.Contains(node) && (!candidates.Contains(node) || Results(node).All(Wanted)))
                    wanting.Add(node);
            }

            foreach (var node in order.Where(node => candidates.Contains(node) && chosen.Contains(node)))
            {
                var (isGiven, isWanted) = (Data(node).All(given.Contains), wanting.Contains(node));
                if (Movers.Contains(node.OpType) ? !isGiven && !isWanted : !isGiven || !isWanted)
                    chosen.Remove(node);
            }
        }
    }

    private IEnumerable<string> Results(NodeProto node) => node.Output.Skip(1).Append(Result(node));

    private bool Fits(NodeProto node) =>
        Data(node).All(value => index.Constant(value) is null && layouts.TryGetValue(value, out var layout) && layout.IsFloat)
        && node.Output.All(value => layouts.TryGetValue(value, out var layout) && layout.IsFloat);

    /// <summary>The inputs that hold data, not sizes or axes.</summary>
    private static IEnumerable<string> Data(NodeProto node) => node.OpType switch
    {
        "Add" or "Mul" => node.Input,
        "Concat" => node.Input,
        _ => node.Input.Take(1),
    };

    /// <summary>Lists the values that get a scale, and joins the scales of those that only move.</summary>
    private void Tie(IReadOnlyList<NodeProto> order, Dictionary<NodeProto, Product> all)
    {
        var values = new HashSet<string>(StringComparer.Ordinal);
        var listed = new List<string>();
        void List(string value)
        {
            if (values.Add(value))
                listed.Add(value);
        }

        foreach (var node in order.Where(chosen.Contains))
        {
            foreach (var value in all.TryGetValue(node, out var product) ? product.Factors : Data(node))
                List(value);
            if (node.OpType != "Gemm")
            {
                List(Result(node));
                node.Output.Skip(1).ToList().ForEach(List);
            }
        }

        Values = listed;
        foreach (var node in order.Where(chosen.Contains))
        {
            if (Movers.Contains(node.OpType))
                Results(node).ToList().ForEach(result => Join(result, node.Input[0]));
            if (node.OpType == "Concat")
                joins.AddRange(node.Input.Select(input => (input, Result(node))));
            if (Result(node) != node.Output[0])
                rectified.Add(Result(node));
        }
    }

    private void Join(string value, string other)
    {
        var (one, two) = (ScaleOf(value), ScaleOf(other));
        if (one != two)
            parents[one] = two;
    }
}
