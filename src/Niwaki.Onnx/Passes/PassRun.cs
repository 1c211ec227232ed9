using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Runs passes one after another; each is proved on random inputs, and what cannot be proved is taken back.</summary>
/// <param name="proof">Knows what the graph gives; <see langword="null"/> where it cannot be run: then only what needs no proof is done.</param>
internal sealed class PassRun(GraphProof? proof)
{
    private readonly List<PassOutcome> outcomes = [];

    /// <summary>What was done, in order; passes that found nothing are left out.</summary>
    public ValueList<PassOutcome> Outcomes => new(outcomes);

    /// <summary>The changed graph; the given one stays as it is.</summary>
    public ModelProto Apply(ModelProto model, IEnumerable<Pass> passes)
    {
        foreach (var pass in passes)
            model = Apply(model, pass);
        return model;
    }

    private ModelProto Apply(ModelProto model, Pass pass)
    {
        if (pass.Require(model) is { } obstacle)
        {
            outcomes.Add(new PassOutcome(pass.Name, 0, model.Graph.Node.Count, obstacle));
            return model;
        }

        var changed = model.Clone();
        int places;
        try
        {
            places = pass.Apply(changed);
        }
        catch (StageException unable)
        {
            // what the engine cannot compute is left as it is
            outcomes.Add(new PassOutcome(pass.Name, 0, model.Graph.Node.Count, unable.Message));
            return model;
        }

        if (places == 0)
            return model;
        var problem = proof is null ? null : pass.Ensure(changed, proof);
        outcomes.Add(new PassOutcome(pass.Name, places, (problem is null ? changed : model).Graph.Node.Count, problem));
        return problem is null ? changed : model;
    }
}
