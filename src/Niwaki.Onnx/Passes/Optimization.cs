using System.Globalization;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A graph made faster.</summary>
/// <param name="Model">The graph.</param>
/// <param name="Report">What was done.</param>
internal sealed record Optimization(ModelProto Model, OptimizationReport Report)
{
    private const int LayerNormOpset = 17;

    // what the noise of a race is taken for a win below
    private const double Win = 0.99;

    /// <summary>Times of the graph as it came and as it went, where they were measured.</summary>
    public (GraphRace Before, GraphRace After)? Times { get; private init; }

    /// <summary>Every way that was measured.</summary>
    public IReadOnlyList<(string Name, GraphRace Time)> Ways { get; private init; } = [];

    /// <summary>What every graph goes through.</summary>
    public static IReadOnlyList<Pass> Passes(ExportTarget target) =>
    [
        new FoldShapesPass(), new RemoveIdentityPass(), new FoldConstantsPass(), new FoldBatchNormPass(), new FoldPaddingPass(),
        new FuseLayerNormPass(), new FuseGeluPass { Contrib = target == ExportTarget.Onnxruntime }, new FuseHardSwishPass(),
        new DeepenMaskPass(), new MergeAdditionsPass(), new SplitProjectionPass(), new FoldFactorPass(), new FoldScalePass(), new FoldAttentionBiasPass(),
        new NarrowRowsPass(), new SimplifyMovesPass(), new MergeTransposesPass(), new MergeTwinsPass(), new DeadNodesPass(),
    ];

    /// <summary>What is kept only where it is measured to be faster.</summary>
    public static IReadOnlyList<Pass> Choices { get; } = [new LinearAsGemmPass(), new FuseAttentionPass(), new WindowOrderPass(), new MergeProjectionsPass()];

    /// <summary>Optimizes a graph.</summary>
    /// <param name="model">It is not changed.</param>
    /// <param name="options">For what.</param>
    /// <param name="context">Clock, seed, log.</param>
    /// <param name="where">Names the graph in an error.</param>
    public static Optimization Of(ModelProto model, Optimize options, StageContext context, string where)
    {
        var original = model.Clone();
        Fix(original, options.Batch, where);
        var proof = GraphProof.Of(original, context.Seed, where, out var reason);
        proof = proof?.Within(options.Tolerance);
        var run = new PassRun(proof);
        var lifted = original.Clone();
        var opset = options.Opset ?? (options.Target == ExportTarget.Tensorrt8 ? TargetRules.NewestOpset(options.Target) : original.Opset());
        if (original.Opset() < LayerNormOpset && FuseLayerNormPass.MayFind(original) && OpsetConversion.Problems(original, LayerNormOpset).Count == 0)
            OpsetConversion.Apply(lifted, LayerNormOpset, where);
        bool Allowed(Pass pass) => !options.Skip.Contains(pass.Name);
        var best = run.Apply(lifted, [.. Passes(options.Target).Where(Allowed)]);
        if (options.Target == ExportTarget.Tensorrt8 || opset < LayerNormOpset && options.Opset is not null)
            best = run.Apply(best, [new DecomposePass()]);

        var ways = new List<(string Name, ModelProto Model)> { ("as it came", original), ("passes", best) };
        // what is faster here says nothing about a GPU
        if (options.Rounds > 0 && options.Target != ExportTarget.Tensorrt8)
        {
            foreach (var choice in Choices.Where(pass => Allowed(pass) && (pass is not FuseAttentionPass || options.Target == ExportTarget.Onnxruntime)))
            {
                var changed = new PassRun(proof).Apply(best, [choice]);
                if (!ReferenceEquals(changed, best))
                    ways.Add(($"passes, {choice.Name}", changed));
            }

            // products on rows go with each other choice
            if (ways.Skip(2).FirstOrDefault().Name?.EndsWith(Choices[0].Name, StringComparison.Ordinal) == true)
            {
                foreach (var (name, changed) in ways.Skip(3).ToArray())
                    ways.Add(($"{name}, {Choices[0].Name}", new PassRun(proof).Apply(changed, [Choices[0]])));
            }
        }

        // twice the same graph: whichever seemed faster would say nothing
        if (ways.Count == 2 && best.Opset() == original.Opset() && run.Outcomes.All(outcome => outcome.Undone is not null))
            ways.RemoveAt(1);
        var times = proof is null || options.Rounds == 0 || ways.Count == 1 ? null : GraphRace.Of([.. ways.Select(way => way.Model)], options.Rounds, options.Threads, context, where);
        var kept = ways.Count == 1 ? 0 : Choose(times?.Select(time => options.Threads == 1 ? time.Processor : time.Quartile).ToArray(), options.Opset is null && TargetRules.Problems(original, options.Target, isForeign: true).All(problem => options.Target == ExportTarget.Onnxruntime));
        var result = ways[kept].Model;
        var wanted = options.Opset ?? (options.Target == ExportTarget.Tensorrt8 ? opset : result.Opset());
        if (result.Opset() != wanted)
        {
            result = result.Clone();
            OpsetConversion.Apply(result, wanted, where);
        }

        if (TargetRules.Problems(result, options.Target, isForeign: true).ToArray() is { Length: > 0 } problems && options.Target == ExportTarget.Tensorrt8)
            throw new StageException($"optimize: for tensorrt8 the graph still holds {string.Join(", ", problems.Take(5))}{(problems.Length > 5 ? $" and {problems.Length - 5} more" : string.Empty)}. 'niwaki lint' tells what the device lacks; export the network without them.");
        return new Optimization(result, new OptimizationReport(model.Graph.Node.Count, result.Graph.Node.Count, result.Opset(), run.Outcomes, ways[kept].Name) { NotProved = reason })
        {
            Times = times is null ? null : (times[0], times[kept]),
            Ways = times is null ? [] : [.. ways.Zip(times).Select(way => (way.First.Name, way.Second))],
        };
    }

    /// <summary>Fixes an open number of pictures.</summary>
    /// <exception cref="StageException">The number is fixed to another one.</exception>
    public static void Fix(ModelProto model, int? batch, string where)
    {
        if (batch is not { } pictures)
            return;
        foreach (var input in GraphShapes.Inputs(model.Graph).Where(input => input.Type?.TensorType?.Shape is { Dim.Count: > 0 }))
        {
            var first = input.Type.TensorType.Shape.Dim[0];
            if (first.DimValue > 0 && first.DimValue != pictures)
                throw new StageException($"{where}: its input {input.Name} takes {first.DimValue} pictures, but a batch of {pictures} was asked for. Leave the batch out, or export the network with an open one.");
            first.DimValue = pictures;
        }

        // what was inferred for the open number
        model.Graph.ValueInfo.Clear();
        foreach (var output in model.Graph.Output.Where(output => output.Type?.TensorType?.Shape is { Dim: [{ DimValue: < 1 }, ..] }))
            output.Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension();
    }

    /// <summary>For people.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var pass in Report.Passes)
            yield return pass.Undone is null ? $"{pass.Pass}: {pass.Places} places, {pass.Nodes} nodes." : $"{pass.Pass}: not used, {pass.Undone}.";
        if (Report.NotProved is { } reason)
            yield return $"Nothing was proved or measured: {reason}.";
        if (Report.Passes.All(pass => pass.Undone is not null) && Report.NodesBefore == Report.NodesAfter && Times is null && Report.NotProved is null)
            yield return "No pass found anything to change, so nothing was measured.";
        yield return $"{Report.NodesBefore} nodes became {Report.NodesAfter}, opset {Report.Opset}; kept: {Report.Way}.";
        foreach (var (name, time) in Ways)
            yield return string.Create(CultureInfo.InvariantCulture, $"Measured in turns, {name}: median {time.Median.TotalMilliseconds:0.00} ms, processor time {time.Processor.TotalMilliseconds:0.00} ms.");
        if (Times is var (before, after))
            yield return string.Create(CultureInfo.InvariantCulture, $"Measured in turns: median {before.Median.TotalMilliseconds:0.00} to {after.Median.TotalMilliseconds:0.00} ms ({before.Median / after.Median:0.00}x), lower quartile {before.Quartile.TotalMilliseconds:0.00} to {after.Quartile.TotalMilliseconds:0.00} ms ({before.Quartile / after.Quartile:0.00}x), processor time {before.Processor.TotalMilliseconds:0.00} to {after.Processor.TotalMilliseconds:0.00} ms ({before.Processor / after.Processor:0.00}x).");
    }

    // one thread's processor time is its latency on a quiet machine
    private static int Choose(TimeSpan[]? times, bool mayStay)
    {
        if (times is null)
            return 1;
        var best = 1;
        for (var way = 2; way < times.Length; way++)
        {
            if (times[way] < times[best] * (best == 1 ? Win : 1))
                best = way;
        }

        return mayStay && times[best] > times[0] * Win ? 0 : best;
    }
}
