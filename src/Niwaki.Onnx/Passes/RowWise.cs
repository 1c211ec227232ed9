using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Nodes that compute each element, or each row of the last axis, by itself.</summary>
internal static class RowWise
{
    private static readonly HashSet<string> Unary = ["Relu", "Erf", "Tanh", "Sigmoid", "Gelu", "QuickGelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Elu", "Exp", "Log", "Neg", "Abs", "Sqrt", "Reciprocal", "Softplus", "Mish", "Identity"];
    private static readonly HashSet<string> Binary = ["Add", "Sub", "Mul", "Div", "Pow", "Min", "Max"];

    /// <summary>Whether a node computes each element from the one at the same place.</summary>
    public static bool IsUnary(NodeProto node) => (node.Domain is "" or "ai.onnx" || node.Domain == GraphEdits.MicrosoftDomain && node.OpType is "Gelu" or "QuickGelu") && Unary.Contains(node.OpType) && node.Input.Count == 1;

    /// <summary>Whether a node combines two values element by element.</summary>
    public static bool IsBinary(NodeProto node) => node.Domain is "" or "ai.onnx" && Binary.Contains(node.OpType) && node.Input.Count == 2;

    /// <summary>The first axis that a LayerNormalization spans; <see langword="null"/> for another node, or one whose statistics are read.</summary>
    public static int? Normalized(NodeProto node, int rank) =>
        node.IsA("LayerNormalization") && node.Output.Skip(1).All(output => output.Length == 0) && (int)node.Int("axis", -1) is var axis ? axis < 0 ? axis + rank : axis : null;
}
