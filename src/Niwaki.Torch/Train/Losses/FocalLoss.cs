using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Cross-entropy times (1 - p)^gamma, so that pixels that are already right weigh little (Lin et al., arXiv:1708.02002, equation 4).</summary>
public sealed record FocalLoss : Loss
{
    /// <summary>How fast the weight of easy pixels falls; 0 is the cross-entropy. Default: the paper's.</summary>
    public double Gamma { get; init; } = 2;

    /// <inheritdoc/>
    public override torch.Tensor Of(torch.Tensor logits, torch.Tensor labels)
    {
        using var scope = torch.NewDisposeScope();
        var losses = torch.nn.functional.cross_entropy(logits, labels, ignore_index: LabelMap.Ignore, reduction: torch.nn.Reduction.None);
        // a probability that rounds to 1 would give the power an infinite derivative for gamma below 1
        var missed = losses.neg().exp().neg().add(1).clamp_min(1e-6);
        return missed.pow(Gamma).mul(losses).sum().div(Counted(labels)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Validate(int classes)
    {
        base.Validate(classes);
        Require(double.IsFinite(Gamma) && Gamma >= 0, nameof(Gamma), Gamma, "a number from 0 up");
    }
}
