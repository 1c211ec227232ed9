using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Writes products of tokens with a constant matrix as Gemm on rows, with the bias inside.</summary>
internal sealed record LinearAsGemmPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var changed = LinearAsGemm.Apply(model.Graph, GraphShapes.Of(model), new Macs(0));
        if (changed > 0)
        {
            new SimplifyMovesPass().Apply(model);
            new DeadNodesPass().Apply(model);
            new FlattenRowsPass().Apply(model);
            new MergeTwinsPass().Apply(model);
        }

        return changed;
    }
}
