using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Graph to graph, with the same function. One record for each.</summary>
internal abstract record Pass
{
    /// <summary>What every exported graph goes through, in this order.</summary>
    public static IReadOnlyList<Pass> ForExport { get; } =
        [new FoldBatchNormPass(), new FoldScalePass(), new FoldPaddingPass(), new FoldConstantsPass(), new MergeTransposesPass(), new MergeReshapesPass(), new DeadNodesPass()];

    /// <summary>The name in reports and options.</summary>
    public string Name => Catalog.NameOf(GetType(), typeof(Pass));

    /// <summary>Why it cannot be used on a graph; <see langword="null"/> where it can.</summary>
    public virtual string? Require(ModelProto model) => null;

    /// <summary>Changes a graph in place; says in how many places.</summary>
    public abstract int Apply(ModelProto model);

    /// <summary>Why the changed graph is not the same function; <see langword="null"/> where both give the same on random inputs.</summary>
    /// <param name="changed">The graph after the pass.</param>
    /// <param name="proof">Knows what the first graph gives.</param>
    public string? Ensure(ModelProto changed, GraphProof proof) => proof.Refute(changed);

    /// <summary>Runs passes one after another on a copy.</summary>
    public static ModelProto Run(ModelProto model, IEnumerable<Pass> passes)
    {
        var copy = model.Clone();
        foreach (var pass in passes)
            pass.Apply(copy);
        return copy;
    }
}
