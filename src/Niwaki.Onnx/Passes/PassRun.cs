using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Runs passes one after another and proves them on random inputs; what cannot be proved is taken back.</summary>
/// <param name="proof">Knows what the graph gives; <see langword="null"/> where it cannot be run: then only what needs no proof is done.</param>
internal sealed class PassRun(GraphProof? proof)
{
    private readonly List<PassOutcome> outcomes = [];

    /// <summary>What was done, in order; passes that found nothing are left out.</summary>
    public ValueList<PassOutcome> Outcomes => new(outcomes);

    /// <summary>The changed graph; the given one stays as it is. One proof serves all passes; only where it fails is each proved by itself, to find out which one it is.</summary>
    public ModelProto Apply(ModelProto model, IReadOnlyList<Pass> passes)
    {
        var done = new List<PassOutcome>();
        var changed = passes.Aggregate(model, (graph, pass) => Changed(graph, pass, done));
        if (proof is not null && !ReferenceEquals(changed, model) && proof.Refute(changed) is not null)
        {
            done.Clear();
            changed = passes.Aggregate(model, (graph, pass) => Proved(graph, pass, proof, done));
        }

        outcomes.AddRange(done);
        return changed;
    }

    private static ModelProto Proved(ModelProto model, Pass pass, GraphProof proof, List<PassOutcome> done)
    {
        var changed = Changed(model, pass, done);
        if (ReferenceEquals(changed, model) || pass.Ensure(changed, proof) is not { } problem)
            return changed;
        done[^1] = done[^1] with { Nodes = model.Graph.Node.Count, Undone = problem };
        return model;
    }

    private static ModelProto Changed(ModelProto model, Pass pass, List<PassOutcome> done)
    {
        var obstacle = pass.Require(model);
        if (obstacle is null)
        {
            var changed = model.Clone();
            try
            {
                if (pass.Apply(changed) is var places && places > 0)
                {
                    done.Add(new PassOutcome(pass.Name, places, changed.Graph.Node.Count, null));
                    return changed;
                }
            }
            catch (StageException unable)
            {
                // what the engine cannot compute is left as it is
                obstacle = unable.Message;
            }
        }

        if (obstacle is not null)
            done.Add(new PassOutcome(pass.Name, 0, model.Graph.Node.Count, obstacle));
        return model;
    }
}
