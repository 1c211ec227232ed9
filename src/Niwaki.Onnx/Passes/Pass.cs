using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Graph to graph, with the same function. One record for each.</summary>
internal abstract record Pass
{
    /// <summary>What every exported graph goes through, in this order.</summary>
    public static IReadOnlyList<Pass> ForExport { get; } =
        [new FoldBatchNormPass(), new FoldScalePass(), new FoldPaddingPass(), new FoldConstantsPass(), new MergeTransposesPass(), new MergeReshapesPass(), new DeadNodesPass()];

    /// <summary>Changes a graph in place; says in how many places.</summary>
    public abstract int Apply(ModelProto model);

    /// <summary>Runs passes one after another on a copy.</summary>
    public static ModelProto Run(ModelProto model, IEnumerable<Pass> passes)
    {
        var copy = model.Clone();
        foreach (var pass in passes)
            pass.Apply(copy);
        return copy;
    }
}
