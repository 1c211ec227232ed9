using System.Text.Json.Serialization;

namespace Niwaki.Torch;

/// <summary>
/// Removes the convolution filters, MLP neurons and attention heads that a network needs least, until a budget holds. What is removed
/// is gone from the weights: the result is an ordinary, narrower network. An auxiliary head goes with it.
/// </summary>
/// <param name="Keep">The share of the cost that stays, between 0 and 1: 0.6 cuts 40 %.</param>
public sealed record Prune(double Keep) : Stage<TorchModel, TorchModel>
{
    /// <summary>What the budget counts: macs (multiply-accumulates: time) or parameters (size).</summary>
    public CostKind Of { get; init; } = CostKind.Macs;

    /// <summary>Whether filters of convolutions may go, also those that residual sums tie together.</summary>
    public bool Filters { get; init; } = true;

    /// <summary>Whether hidden neurons of MLPs may go.</summary>
    public bool Neurons { get; init; } = true;

    /// <summary>Whether attention heads may go; each attention keeps one at least.</summary>
    public bool Heads { get; init; } = true;

    /// <summary>How it is judged what the network needs: fisher and taylor ask labelled calibration pictures, variance pictures without labels, magnitude and scale the weights alone.</summary>
    public Importance Importance { get; init; } = new FisherImportance();

    /// <summary>How the budget is shared out among the layers. Default: knapsack for fisher, isomorphic for taylor, global for the others.</summary>
    public Allocation? Allocation { get; init; }

    /// <summary>Widths become multiples of this, since processors work on that many channels at once; heads are not rounded.</summary>
    public int RoundTo { get; init; } = 8;

    /// <summary>The share of each layer's original width that stays in any case, 0 to 1: no layer becomes a bottleneck by a wrong judgement.</summary>
    public double Least { get; init; } = 0.2;

    /// <summary>
    /// Whether cut channels are held at their mean on calibration pictures instead of at zero (VBP): goes well with the variance
    /// importance; fisher and taylor judge what zero costs.
    /// </summary>
    public bool Compensate { get; init; }

    /// <summary>In how many rounds the budget is reached; importance is judged anew in each.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>A training or distillation between the rounds, given as a stage. After the last round let a stage of the recipe do it.</summary>
    public Stage? Recover { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool ReadsData => Importance.ReadsData || Compensate || Recover?.ReadsData == true;

    /// <inheritdoc/>
    public override Type KindOf(ArtifactReference reference) => Recover?.KindOf(reference) ?? base.KindOf(reference);

    /// <inheritdoc/>
    protected override void Check()
    {
        if (!(Keep > 0 && Keep < 1))
            throw new StageException($"prune: keep is {Keep}, but a share between 0 and 1 is needed, such as 0.6 to cut 40 %.");
        if (!(Filters || Neurons || Heads))
            throw new StageException("prune: filters, neurons and heads are all switched off, so that nothing can be cut. Switch one on.");
        if (RoundTo < 1)
            throw new StageException($"prune: roundTo is {RoundTo}, but at least 1 is needed.");
        if (!(Least >= 0 && Least < 1))
            throw new StageException($"prune: least is {Least}, but a share from 0 to below 1 is needed.");
        if (Rounds < 1)
            throw new StageException($"prune: rounds is {Rounds}, but at least 1 is needed.");
        if (Recover is not null && Rounds == 1)
            throw new StageException("prune: recover works between rounds, but there is only one. Give rounds of 2 or more, or put the training into the recipe as the next step.");
        if (Recover is { } stage && !(stage.Input.IsAssignableFrom(typeof(TorchModel)) && stage.Output == typeof(TorchModel)))
            throw new StageException($"prune: recover is '{stage.Name}', but a stage that makes a torch-model of a torch-model is needed, such as train or distill.");
        Importance.Validate();
    }

    /// <inheritdoc/>
    protected override void Require(TorchModel input, StageContext context)
    {
        var architecture = input.Architecture(context.Vocabulary).WithoutAuxiliary();
        Importance.Require(architecture, context);
        if (ReadsData)
            context.RequireData();
        var preprocess = input.Preprocess(context.Vocabulary);
        var whole = Of.Of(CostOps.Of(architecture, preprocess.Height, preprocess.Width));
        var graph = ChannelOps.Of(architecture, preprocess.Height, preprocess.Width);
        var groups = this.Choice(graph);
        if (groups.Count == 0)
            throw new StageException($"prune: {input.Folder} has nothing of what may be cut (filters: {OnOff(Filters)}, neurons: {OnOff(Neurons)}, heads: {OnOff(Heads)}).");
        var smallest = new ChannelSelection(graph, groups, Of, RoundTo, this.Floor(graph)).Smallest;
        if (smallest > (long)(whole * Keep))
        {
            var reach = Math.Ceiling(smallest / (double)whole * 1000) / 1000;
            throw new StageException(
                $"prune: {Keep:0.###} of {Of.Print(whole)} is {Of.Print((long)(whole * Keep))}, but cutting everything that may be cut leaves {Of.Print(smallest)} ({reach:0.000}). "
                + $"Give keep {reach:0.000} or more, allow more (filters: {OnOff(Filters)}, neurons: {OnOff(Neurons)}, heads: {OnOff(Heads)}, least: {Least}, roundTo: {RoundTo}), or choose a smaller model.");
        }

        static string OnOff(bool value) => value ? "on" : "off";
    }

    /// <inheritdoc/>
    protected override void Run(TorchModel input, StageContext context) => new PruningRounds(this, input, context).Run();

    /// <inheritdoc/>
    protected override void Ensure(TorchModel input, StageContext context)
    {
        var dense = PruningRounds.DenseOf(this, input, context);
        var report = context.Vocabulary.Read<PruningReport>(File.ReadAllText(context.PathOf(PruningReport.File)), context.PathOf(PruningReport.File));
        PruningProof.Check(this, dense, report.Rounds[^1].Cut, context);
    }
}
