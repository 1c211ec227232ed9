using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>One node in basic operators.</summary>
internal sealed class BasicNodes(GraphProto graph, GraphIndex index, NodeProto node, int opset)
{
    private const int AxesAreInputs = 18;
    private readonly List<NodeProto> made = [];

    /// <summary>The nodes, whose last one gives the result; none where the node has something that they cannot say.</summary>
    public IReadOnlyList<NodeProto> Write()
    {
        var x = node.Input[0];
        var result = node.OpType switch
        {
            "LayerNormalization" => Norm(x),
            "Gelu" when node.Text("approximate", "none") == "tanh" => TanhGelu(x),
            "Gelu" => Gelu(x),
            "BiasGelu" => Gelu(Node("Add", x, node.Input[1])),
            "FastGelu" => TanhGelu(node.Input.Count > 1 && node.Input[1].Length > 0 ? Node("Add", x, node.Input[1]) : x),
            "QuickGelu" => Node("Mul", x, Node("Sigmoid", Node("Mul", x, Number(node.Float("alpha", 1.702f))))),
            "HardSwish" => Node("Mul", x, Gate(x)),
            "Mish" => Node("Mul", x, Node("Tanh", Node("Softplus", x))),
            _ => null,
        };
        if (result is null)
            return [];
        made[^1].Output[0] = node.Output[0];
        return made;
    }

    private string? Norm(string x)
    {
        if (node.Int("axis", -1) != -1 || node.Output.Skip(1).Any(output => output.Length > 0))
            return null;
        var difference = Node("Sub", x, Mean(x));
        var variance = Mean(Node("Mul", difference, difference));
        var normal = Node("Div", difference, Node("Sqrt", Node("Add", variance, Number(node.Float("epsilon", 1e-5f)))));
        var scaled = Node("Mul", normal, node.Input[1]);
        return node.Input.Count > 2 && node.Input[2].Length > 0 ? Node("Add", scaled, node.Input[2]) : scaled;
    }

    private string Mean(string x)
    {
        var mean = Node("ReduceMean", opset >= AxesAreInputs ? [x, Axes()] : [x]);
        if (opset < AxesAreInputs)
            made[^1].With("axes", (long[])[-1]);
        return mean;
    }

    private string Gelu(string x) =>
        Node("Mul", Node("Mul", x, Node("Add", Node("Erf", Node("Mul", x, Number(MathF.Sqrt(0.5f)))), Number(1))), Number(0.5f));

    private string TanhGelu(string x)
    {
        var cube = Node("Mul", Node("Mul", x, x), x);
        var inner = Node("Mul", Node("Add", x, Node("Mul", cube, Number(0.044715f))), Number(MathF.Sqrt(2 / MathF.PI)));
        return Node("Mul", Node("Mul", x, Node("Add", Node("Tanh", inner), Number(1))), Number(0.5f));
    }

    private string Gate(string x)
    {
        var gate = Node("HardSigmoid", x);
        made[^1].With("alpha", 1f / 6).With("beta", 0.5f);
        return gate;
    }

    private string Node(string type, params string[] inputs)
    {
        var basic = new NodeProto { OpType = type, Name = index.Fresh($"{(node.Name.Length > 0 ? node.Name : node.Output[0])}_{type.ToLowerInvariant()}") };
        basic.Input.Add(inputs);
        basic.Output.Add(basic.Name);
        made.Add(basic);
        return basic.Name;
    }

    private string Number(float value)
    {
        var name = FormattableString.Invariant($"{GraphWriter.ConstantPrefix}{value}");
        if (graph.Initializer.All(tensor => tensor.Name != name))
            graph.Initializer.Add(TensorValues.Scalar(name, value));
        return name;
    }

    private string Axes()
    {
        const string name = $"{GraphWriter.ConstantPrefix}last_axis";
        if (graph.Initializer.All(tensor => tensor.Name != name))
            graph.Initializer.Add(TensorValues.List(name, -1));
        return name;
    }
}
