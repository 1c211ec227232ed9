using Niwaki.Vision;

namespace Niwaki.Torch;

/// <summary>
/// Trains a student on labels and on what a teacher says and thinks. The student is a new network, or a model that goes on (as after
/// pruning). Teacher and student may differ in family, input size and normalisation.
/// </summary>
/// <param name="Teacher">A trained model with the same classes: a step of the recipe, or a folder. An ONNX model can teach too, with its logits alone.</param>
public sealed record Distill(ArtifactReference Teacher) : Training
{
    /// <summary>What is learned from the teacher; each has its own weight and its own curve.</summary>
    public ValueList<Objective> Objectives { get; init; } = [new LogitKd()];

    /// <summary>Weight of the losses on labels; 0 learns from the teacher alone.</summary>
    public double HardWeight { get; init; } = 1;

    /// <summary>A folder of pictures without masks that join every batch; the teacher labels them.</summary>
    public string? Unlabelled { get; init; }

    /// <summary>Share of every batch that comes from the unlabelled pictures, where there are any.</summary>
    public double UnlabelledShare { get; init; } = 0.5;

    /// <summary>Pixels of unlabelled pictures of which the teacher is less sure than this probability are left out of the objectives on logits.</summary>
    public double Confidence { get; init; } = 0.8;

    /// <inheritdoc/>
    public override Type KindOf(ArtifactReference reference) => typeof(IModel);

    /// <inheritdoc/>
    protected override void Check()
    {
        base.Check();
        Check(Objectives.Any(objective => objective.Weight > 0), nameof(Objectives), Objectives.Count == 0 ? "empty" : "all of weight 0", "at least one objective with a weight above 0 (or the train stage)");
        foreach (var objective in Objectives)
            objective.Validate();
        Check(HardWeight >= 0, nameof(HardWeight), HardWeight, "a number from 0 up");
        Check(UnlabelledShare is > 0 and < 1, nameof(UnlabelledShare), UnlabelledShare, "a share between 0 and 1");
        Check(Confidence is >= 0 and <= 1, nameof(Confidence), Confidence, "a probability from 0 to 1");
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> OtherDigests(StageContext context) => Unlabelled is null ? [] : [new UnlabelledDataSource(Unlabelled).Digest()];

    /// <inheritdoc/>
    protected override void Require(Artifact input, StageContext context)
    {
        base.Require(input, context);
        var teacher = context.Resolve<IModel>(Teacher);
        var taught = teacher.Classes(context.Vocabulary).Select(each => each.Name).ToArray();
        var classes = context.RequireData().Classes().Select(each => each.Name).ToArray();
        if (!taught.SequenceEqual(classes))
            throw new StageException($"{Name}: the teacher '{Teacher}' labels {taught.Length} classes ({string.Join(", ", taught)}), the dataset {classes.Length} ({string.Join(", ", classes)}). Train the teacher on this dataset's classes first.");
        if (teacher is TorchModel network && network.Architecture(context.Vocabulary).Head is LinearHead)
            throw new StageException($"{Name}: the teacher '{Teacher}' labels whole pictures, not pixels. Train it with a head such as upernet-64 first.");
        if (Unlabelled is not null)
            new UnlabelledDataSource(Unlabelled).Open(Split.Train);
    }

    private protected override ITrainingGoal Goal(StartingPoint start, StageContext context) => new TeacherGoal(this, context, start);
}
