using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Makes one Gelu of x/2 (1 + erf(x/√2)), and one of its approximation x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), however the products are
/// put together (arXiv:1606.08415). From opset 20 on it is the standard's operator, before that ONNX Runtime's own.
/// </summary>
internal sealed record FuseGeluPass : Pass
{
    private const int Opset = 20;
    private const double Cubic = 0.044715;
    private static readonly double Inner = Math.Sqrt(2 / Math.PI);

    /// <summary>Whether ONNX Runtime's own operators may be written.</summary>
    public bool Contrib { get; init; } = true;

    /// <inheritdoc/>
    public override string? Require(ModelProto model) => model.Opset() < Opset && !Contrib ? $"Gelu is in the standard from opset {Opset} on; the graph is written in {model.Opset()}" : null;

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var index = new GraphIndex(graph);
        var fused = 0;
        foreach (var top in graph.Node.Where(node => node.IsA("Mul") || node.IsA("Div")).ToArray())
        {
            if (top.OpType == "Div" && index.Number(top.Input[1]) is null)
                continue;
            var (factors, number) = index.Factors(top);
            if (factors is not [var one, var other] || (Exact(index, one, other, number) ?? Exact(index, other, one, number) ?? Tanh(index, one, other, number) ?? Tanh(index, other, one, number)) is not var (input, approximate))
                continue;
            var node = new NodeProto { OpType = "Gelu", Name = index.Fresh($"{top.Name}_gelu") };
            if (model.Opset() >= Opset)
            {
                if (approximate)
                    node.With("approximate", "tanh");
            }
            else
            {
                (node.Domain, node.OpType) = (TargetRules.ContribDomain, approximate ? "FastGelu" : "Gelu");
                model.Import(TargetRules.ContribDomain, 1);
            }

            node.Input.Add(input);
            node.Output.Add(top.Output[0]);
            graph.Put(top, node);
            fused++;
        }

        if (fused > 0)
            new DeadNodesPass().Apply(model);
        return fused;
    }

    private static (string Input, bool Approximate)? Exact(GraphIndex index, string value, string sum, double number) =>
        Inside(index, sum, "Erf", number) is { } erf && index.Producer(erf) is { } scaled && Near(scaled.IsA("Div") ? 1 / (index.Number(scaled.Input[1]) ?? double.NaN) : scaled.IsA("Mul") ? index.NumberAndOther(scaled)?.Number ?? double.NaN : double.NaN, Math.Sqrt(0.5))
        && (scaled.OpType == "Div" ? scaled.Input[0] : index.NumberAndOther(scaled)!.Value.Other) == value
            ? (value, false)
            : null;

    private static (string Input, bool Approximate)? Tanh(GraphIndex index, string value, string sum, double number)
    {
        if (Inside(index, sum, "Tanh", number) is not { } tanh || index.Made(tanh, "Mul") is not { } product)
            return null;
        var (factors, factor) = index.Factors(product);
        if (!Near(factor, Inner))
            return null;
        var isSum = factors is [var alone] && index.Made(alone, "Add") is { } cubic && (IsPower(index, cubic.Input[1], value, 3) && cubic.Input[0] == value || IsPower(index, cubic.Input[0], value, 3) && cubic.Input[1] == value);
        var isProduct = factors is [var left, var right] && (left == value && IsOneAndSquare(index, right, value) || right == value && IsOneAndSquare(index, left, value));
        return isSum || isProduct ? (value, true) : null;
    }

    // what f is taken of in a (f(y) + 1), where a and the number before it give one half
    private static string? Inside(GraphIndex index, string sum, string function, double number)
    {
        if (index.Made(sum, "Add") is not { } add || index.NumberAndOther(add) is not var (one, other) || !Near(number * one, 0.5))
            return null;
        if (Near(one, 1) && index.Made(other, function) is { } node)
            return node.Input[0];
        return index.Made(other, "Mul") is { } half && index.NumberAndOther(half) is var (factor, inner) && Near(factor, one) && index.Made(inner, function) is { } scaled ? scaled.Input[0] : null;
    }

    private static bool IsOneAndSquare(GraphIndex index, string value, string x) =>
        index.Made(value, "Add") is { } add && index.NumberAndOther(add) is var (one, square) && Near(one, 1) && IsPower(index, square, x, 2);

    // 0.044715 x^n
    private static bool IsPower(GraphIndex index, string value, string x, int exponent)
    {
        if (index.Made(value, "Mul") is not { } product)
            return false;
        var (factors, number) = index.Factors(product);
        var count = 0;
        foreach (var factor in factors)
        {
            if (factor == x)
                count++;
            else if (index.Made(factor, "Pow") is { } power && power.Input[0] == x && index.Number(power.Input[1]) is { } of)
                count += (int)of;
            else if (index.Made(factor, "Mul") is { } square && square.Input[0] == x && square.Input[1] == x)
                count += 2;
            else
                return false;
        }

        return count == exponent && Near(number, Cubic);
    }

    private static bool Near(double value, double wanted) => Math.Abs(value - wanted) <= 1e-3 * Math.Abs(wanted);
}
