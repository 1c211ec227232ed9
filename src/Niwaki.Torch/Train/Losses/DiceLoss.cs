using TorchSharp;

namespace Niwaki.Torch;

/// <summary>
/// One minus the soft Dice coefficient, meaned over the classes that occur in the batch (Milletari et al., arXiv:1606.04797). Every
/// class counts alike however few its pixels are; use it beside a cross-entropy.
/// </summary>
public sealed record DiceLoss : Loss
{
    /// <summary>Added to numerator and denominator, in pixels.</summary>
    public double Smooth { get; init; } = 1;

    /// <inheritdoc/>
    public override torch.Tensor Of(torch.Tensor logits, torch.Tensor labels)
    {
        using var scope = torch.NewDisposeScope();
        var counted = labels.ne(LabelMap.Ignore).unsqueeze(1);                          // [B, 1, H, W]
        var classes = labels.unsqueeze(1).where(counted, torch.zeros_like(labels).unsqueeze(1));
        var mask = counted.to(torch.ScalarType.Float32);
        var truth = torch.zeros_like(logits).scatter_(1, classes, mask);                // [B, C, H, W]
        var predicted = logits.softmax(1).mul(mask);
        var both = predicted.mul(truth).sum(new long[] { 0, 2, 3 });                    // [C]
        var occurring = truth.sum(new long[] { 0, 2, 3 });
        var dice = both.mul(2).add(Smooth).div(predicted.sum(new long[] { 0, 2, 3 }).add(occurring).add(Smooth));
        var present = occurring.gt(0).to(torch.ScalarType.Float32);
        return dice.neg().add(1).mul(present).sum().div(present.sum().clamp_min(1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Validate(int classes)
    {
        base.Validate(classes);
        Require(double.IsFinite(Smooth) && Smooth > 0, nameof(Smooth), Smooth, "a number above 0");
    }
}
