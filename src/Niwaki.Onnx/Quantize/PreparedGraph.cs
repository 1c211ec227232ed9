using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A float graph as it is observed and quantized: lifted, simplified, its nodes named, its products as the engine likes them, refined.</summary>
/// <param name="Model">In float.</param>
/// <param name="Layouts">The shapes of its values.</param>
/// <param name="Said">What refinements did to it.</param>
internal sealed record PreparedGraph(ModelProto Model, IReadOnlyDictionary<string, ValueLayout> Layouts, IReadOnlyList<string> Said)
{
    private const int LayerNormOpset = 17;

    /// <summary>The first operator set whose DequantizeLinear has a scale for each channel.</summary>
    public const int QdqOpset = 13;
    private const int Seed = 1;
    private const double Tolerance = 1e-4;

    /// <summary>Makes a graph ready.</summary>
    /// <param name="model">It is not changed.</param>
    /// <param name="options">Scheme and refinements.</param>
    /// <param name="pictures">For refinements that look at values.</param>
    /// <param name="where">Names the graph in an error.</param>
    public static PreparedGraph Of(ModelProto model, Quantize options, IEnumerable<float[]> pictures, string where)
    {
        FiniteWeights.Require(model, where);
        model = Simplified(model.Clone(), options, where);
        NameNodes(model.Graph);
        if (options.Scheme.WantsGemm && LinearAsGemm.Apply(model.Graph, GraphProbe.Layouts(model, where), options.MinLinearMacs) > 0)
            model = Pass.Run(model, [new MergeReshapesPass(), new DeadNodesPass(), new FlattenRowsPass(), new SplitBeforeTurningPass(), new MergeTwinsPass()]);
        var said = new List<string>();
        foreach (var refinement in options.Refinements.Where(refinement => refinement.Rewrites))
        {
            var rewriting = new FloatRewriting(model, pictures, where);
            rewriting.Run(refinement);
            said.AddRange(rewriting.Said);
        }

        return new PreparedGraph(model, GraphProbe.Layouts(model, where), said);
    }

    /// <summary>What makes the float graph faster, and what hides its layers away; nothing here depends on time.</summary>
    private static ModelProto Simplified(ModelProto model, Quantize options, string where)
    {
        if (!options.Simplify)
        {
            OpsetConversion.Lift(model, QdqOpset, where);
            return Pass.Run(model, Pass.ForExport);
        }

        var proof = GraphProof.Of(model, Seed, where, out _)?.Within(Tolerance);
        OpsetConversion.Lift(model, model.Opset() < LayerNormOpset && OpsetConversion.Problems(model, LayerNormOpset).Count == 0 ? LayerNormOpset : QdqOpset, where);
        return new PassRun(proof).Apply(model, [.. Optimization.Passes(ExportTarget.Portable), new WindowOrderPass()]);
    }

    private static void NameNodes(GraphProto graph)
    {
        var index = new GraphIndex(graph);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            if (node.Name.Length == 0 || !seen.Add(node.Name))
                seen.Add(node.Name = index.Fresh($"{node.OpType}_{node.Output[0]}"));
        }
    }
}
