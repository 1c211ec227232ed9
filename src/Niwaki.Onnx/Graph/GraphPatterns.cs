using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Small questions that passes ask about nodes.</summary>
internal static class GraphPatterns
{
    /// <summary>The node that makes a value, where it is of one type of the ONNX standard.</summary>
    public static NodeProto? Made(this GraphIndex index, string value, string type) =>
        index.Producer(value) is { } node && node.OpType == type && node.Domain is "" or "ai.onnx" ? node : null;

    /// <summary>A constant of one element as a number.</summary>
    public static double? Number(this GraphIndex index, string value) =>
        value.Length > 0 && index.Constant(value) is { } tensor && tensor.Elements() == 1 && tensor.Type() is TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Double or TensorProto.Types.DataType.Int64 or TensorProto.Types.DataType.Int32
            ? tensor.Type() is TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Double ? tensor.Floats()[0] : tensor.Longs()[0]
            : null;

    /// <summary>Whether a value is a constant of one element near a number.</summary>
    public static bool Is(this GraphIndex index, string value, double number) => index.Number(value) is { } found && Math.Abs(found - number) <= 1e-4 * Math.Abs(number);

    /// <summary>The constant and the other input of a node with two; <see langword="null"/> where not exactly one is constant.</summary>
    public static (TensorProto Constant, string Other)? ConstantAndOther(this GraphIndex index, NodeProto node) =>
        node.Input.Count != 2 ? null
        : (index.Constant(node.Input[0]), index.Constant(node.Input[1])) switch
        {
            ({ } left, null) => (left, node.Input[1]),
            (null, { } right) => (right, node.Input[0]),
            _ => null,
        };

    /// <summary>The number and the other input of an Add or Mul of a value and a constant of one element.</summary>
    public static (double Number, string Other)? NumberAndOther(this GraphIndex index, NodeProto node) =>
        node.Input.Count == 2 && index.Number(node.Input[1]) is { } right ? (right, node.Input[0])
        : node.Input.Count == 2 && index.Number(node.Input[0]) is { } left ? (left, node.Input[1])
        : null;

    /// <summary>The factors of a product of Mul nodes (and Div by a number), as far as nothing else reads what lies between.</summary>
    public static (List<string> Factors, double Number) Factors(this GraphIndex index, NodeProto top)
    {
        var (factors, number) = (new List<string>(), 1.0);
        var open = new Stack<NodeProto>([top]);
        while (open.TryPop(out var node))
        {
            if (node.OpType == "Div")
            {
                number /= index.Number(node.Input[1])!.Value;
                Take(node.Input[0]);
            }
            else
            {
                Take(node.Input[1]);
                Take(node.Input[0]);
            }
        }

        return (factors, number);

        void Take(string value)
        {
            if (index.Number(value) is { } known)
                number *= known;
            else if (index.Producer(value) is { Domain: "" or "ai.onnx" } node && index.OnlyConsumer(value) is not null && (node.OpType == "Mul" || (node.OpType == "Div" && index.Number(node.Input[1]) is not null)))
                open.Push(node);
            else
                factors.Add(value);
        }
    }

    /// <summary>The product of queries and keys whose scores a value holds, behind constants that are added and factors; <see langword="null"/> where it is something else.</summary>
    public static NodeProto? Scores(this GraphIndex index, string value)
    {
        while (index.Producer(value) is { } node && index.OnlyConsumer(value) is not null)
        {
            if (node.IsA("MatMul"))
                return index.Constant(node.Input[0]) is null && index.Constant(node.Input[1]) is null ? node : null;
            if (node.IsA("Add") && index.ConstantAndOther(node) is var (_, other))
                value = other;
            else if (node.IsA("Mul") && index.NumberAndOther(node) is var (_, factor))
                value = factor;
            else if (node.IsA("Div") && index.Number(node.Input[1]) is not null)
                value = node.Input[0];
            else
                return null;
        }

        return null;
    }

    /// <summary>Puts a node in the place of another one, whose result it gives.</summary>
    public static void Put(this GraphProto graph, NodeProto place, params IEnumerable<NodeProto> made)
    {
        var at = graph.Node.IndexOf(place);
        graph.Node.RemoveAt(at);
        foreach (var node in made)
            graph.Node.Insert(at++, node);
    }

    /// <summary>Declares that a graph uses operators of a domain.</summary>
    public static void Import(this ModelProto model, string domain, long version)
    {
        if (model.OpsetImport.All(import => import.Domain != domain))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
    }

    /// <summary>Whether a node has a type of the ONNX standard.</summary>
    public static bool IsA(this NodeProto node, string type) => node.OpType == type && node.Domain is "" or "ai.onnx";
}
