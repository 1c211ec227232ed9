using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Writes x · clip(x + 3, 0, 6) / 6 as a HardSigmoid and a product (arXiv:1905.02244): two nodes that every runtime has.</summary>
internal sealed record FuseHardSwishPass : Pass
{
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
            if (factors is not [var one, var other] || Math.Abs((number * 6) - 1) > 1e-3)
                continue;
            var input = IsClipped(index, other, one) ? one : IsClipped(index, one, other) ? other : null;
            if (input is null)
                continue;
            var gate = new NodeProto { OpType = "HardSigmoid", Name = index.Fresh($"{top.Name}_gate") };
            gate.Input.Add(input);
            gate.Output.Add(index.Fresh($"{top.Output[0]}_gate"));
            gate.With("alpha", 1f / 6).With("beta", 0.5f);
            var product = new NodeProto { OpType = "Mul", Name = index.Fresh($"{top.Name}_hardswish") };
            product.Input.Add([input, gate.Output[0]]);
            product.Output.Add(top.Output[0]);
            graph.Put(top, gate, product);
            fused++;
        }

        if (fused > 0)
            new DeadNodesPass().Apply(model);
        return fused;
    }

    private static bool IsClipped(GraphIndex index, string value, string x) =>
        index.Made(value, "Clip") is { } clip && clip.Input.Count == 3 && index.Number(clip.Input[1]) == 0 && index.Is(clip.Input[2], 6)
        && index.Made(clip.Input[0], "Add") is { } add && index.NumberAndOther(add) is var (three, input) && three == 3 && input == x;
}
