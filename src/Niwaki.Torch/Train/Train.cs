namespace Niwaki.Torch;

/// <summary>
/// Trains a segmentation network on labelled pictures, from nothing or from a model: AdamW, a moving average of the weights, the
/// best validated weights kept. It can be interrupted at any time and goes on where it was.
/// </summary>
public sealed record Train : Training
{
    /// <inheritdoc/>
    protected override void Check()
    {
        base.Check();
        Check(Losses.Any(loss => loss.Weight > 0), nameof(Losses), Losses.Count == 0 ? "empty" : "all of weight 0", "at least one loss with a weight above 0");
    }

    private protected override ITrainingGoal Goal(StartingPoint start, StageContext context) =>
        new LabelGoal(this, context, start.Preprocess, start.Classes);
}
