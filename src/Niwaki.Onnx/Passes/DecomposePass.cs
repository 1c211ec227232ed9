using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Writes newer operators in the basic ones that old runtimes have: LayerNormalization, Gelu (also ONNX Runtime's own, exact and
/// approximate), HardSwish, Mish.
/// </summary>
internal sealed record DecomposePass : Pass
{
    /// <summary>What it can write in basic operators, with the domain.</summary>
    public static bool Knows(NodeProto node) => (node.Domain, node.OpType) is
        ("" or "ai.onnx", "LayerNormalization" or "Gelu" or "HardSwish" or "Mish") or (TargetRules.ContribDomain, "Gelu" or "FastGelu" or "BiasGelu" or "QuickGelu");

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var changed = 0;
        foreach (var node in graph.Node.Where(Knows).ToArray())
        {
            var basic = new BasicNodes(graph, new GraphIndex(graph), node, model.Opset());
            if (basic.Write() is not { Count: > 0 } made)
                continue;
            graph.Put(node, made);
            changed++;
        }

        if (changed > 0 && graph.Node.All(node => node.Domain != TargetRules.ContribDomain) && model.OpsetImport.FirstOrDefault(import => import.Domain == TargetRules.ContribDomain) is { } import)
            model.OpsetImport.Remove(import);
        return changed;
    }
}
