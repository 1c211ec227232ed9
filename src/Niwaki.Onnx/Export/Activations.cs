namespace Niwaki.Onnx;

/// <summary>Non-linearities in the operators that the operator set has.</summary>
internal static class Activations
{
    private const int GeluOpset = 20;

    /// <summary>Writes one; gives its output.</summary>
    public static string Write(GraphWriter graph, Activation activation, string value, string layer)
    {
        return activation switch
        {
            Activation.Relu => graph.Node("Relu", $"{layer}.relu", [value]),
            Activation.Relu6 => graph.Node("Clip", $"{layer}.relu6", [value, graph.Scalar(0), graph.Scalar(6)]),
            Activation.Sigmoid => graph.Node("Sigmoid", $"{layer}.sigmoid", [value]),
            Activation.Silu => graph.Node("Mul", $"{layer}.silu", [value, graph.Node("Sigmoid", $"{layer}.silu_gate", [value])]),
            // operator sets from 14 on have it as one, which ONNX Runtime takes apart into nodes without names
            Activation.HardSwish => graph.Node("Mul", $"{layer}.hard_swish", [value, graph.Node("HardSigmoid", $"{layer}.hard_swish_gate", [value], ("alpha", 1f / 6), ("beta", 0.5f))]),
            Activation.Gelu when graph.Opset >= GeluOpset => graph.Node("Gelu", $"{layer}.gelu", [value]),
            Activation.Gelu when graph.HasContrib => graph.Contrib("Gelu", $"{layer}.gelu", [value]),
            Activation.Gelu => Gelu(graph, value, layer),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "not an operator"),
        };
    }

    // in the order of nodes that runtimes recognise and fuse
    private static string Gelu(GraphWriter graph, string value, string layer)
    {
        var scaled = graph.Node("Div", $"{layer}.gelu_scaled", [value, graph.Scalar(MathF.Sqrt(2))]);
        var error = graph.Node("Erf", $"{layer}.gelu_erf", [scaled]);
        var share = graph.Node("Add", $"{layer}.gelu_share", [error, graph.Scalar(1)]);
        var twice = graph.Node("Mul", $"{layer}.gelu_twice", [value, share]);
        return graph.Node("Mul", $"{layer}.gelu", [twice, graph.Scalar(0.5f)]);
    }
}
