using TorchSharp;

namespace Niwaki.Torch;

/// <summary>
/// Cross-entropy over the hard pixels only (Shrivastava et al., arXiv:1604.03540, in the form of the LPCV 2023 sample solution): all
/// pixels whose loss is above a threshold, but at least a share of all pixels. Ignored pixels count as pixels without loss.
/// </summary>
public sealed record OhemLoss : Loss
{
    /// <summary>A pixel is hard while the model gives its class less than this probability.</summary>
    public double Threshold { get; init; } = 0.7;

    /// <summary>At least this share of a batch's pixels is averaged, however easy. Default: the sample solution's 1/16.</summary>
    public double MinimumShare { get; init; } = 0.0625;

    /// <inheritdoc/>
    public override torch.Tensor Of(torch.Tensor logits, torch.Tensor labels) =>
        Of(logits, labels, Threshold, Math.Clamp((long)(labels.NumberOfElements * MinimumShare), 1, Math.Max(1, labels.NumberOfElements - 1)));

    /// <inheritdoc/>
    public override void Validate(int classes)
    {
        base.Validate(classes);
        Require(Threshold is > 0 and < 1, nameof(Threshold), Threshold, "a probability between 0 and 1");
        Require(MinimumShare is > 0 and < 1, nameof(MinimumShare), MinimumShare, "a share between 0 and 1");
    }

    /// <param name="logits"><c>[B, C, H, W]</c>.</param>
    /// <param name="labels"><c>[B, H, W]</c>.</param>
    /// <param name="threshold">As <see cref="Threshold"/>.</param>
    /// <param name="minimum">Pixels that are averaged at least; fewer than there are.</param>
    internal static torch.Tensor Of(torch.Tensor logits, torch.Tensor labels, double threshold, long minimum)
    {
        using var scope = torch.NewDisposeScope();
        var losses = torch.nn.functional.cross_entropy(logits, labels, ignore_index: LabelMap.Ignore, reduction: torch.nn.Reduction.None).flatten();
        var hard = losses.detach().gt(-Math.Log(threshold));
        // the loss at place `minimum` of the sorted list is above the threshold exactly if more than `minimum` losses are
        var chosen = hard.sum().ToInt64() > minimum ? losses.masked_select(hard) : losses.topk((int)minimum, sorted: false).values;
        return chosen.mean().MoveToOuterDisposeScope();
    }
}
