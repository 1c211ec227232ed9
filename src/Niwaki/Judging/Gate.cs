using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>
/// Judges a measurement against a budget, a verdict for each limit: the pass marks of a proof of concept. A limit that does not hold
/// ends a run with exit code 3, after all steps and the report.
/// </summary>
public sealed record Gate : Stage<Measured, Judged>
{
    /// <summary>The limits. Those that are absent are not checked.</summary>
    public Budget Budget { get; init; } = new();

    /// <summary>The teacher's measurement, which the limits on lost accuracy, speed-up and size ratio compare with.</summary>
    public ArtifactReference? Teacher { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool ReadsData => false;

    /// <inheritdoc/>
    public override Type KindOf(ArtifactReference reference) => typeof(Measured);

    /// <inheritdoc/>
    protected override void Check()
    {
        Budget.Validate();
        if (Budget.IsEmpty)
            throw new StageException("budget: has no limit, so the gate would judge nothing. Set one, such as \"minMeanIoU\": 0.5.");
        if (Teacher is null && (Budget.MaxIoUDrop ?? Budget.MinSpeedUp ?? Budget.MaxSizeRatio) is not null)
            throw new StageException("budget: maxIoUDrop, minSpeedUp and maxSizeRatio compare with a teacher: set \"teacher\" to its measurement.");
    }

    /// <inheritdoc/>
    protected override void Run(Measured input, StageContext context)
    {
        var teacher = Teacher is null ? null : context.Resolve<Measured>(Teacher).Measurement(context.Vocabulary);
        var verdict = Budget.Judge(input.Measurement(context.Vocabulary), teacher);
        foreach (var line in verdict.Lines)
            context.Log.Say($"{(line.Passed ? "pass" : "FAIL")}  {line.What}: {line.Value} ({line.Limit})");
        AtomicFile.WriteText(context.PathOf(Judged.VerdictFile), context.Vocabulary.Write(verdict));
    }
}
