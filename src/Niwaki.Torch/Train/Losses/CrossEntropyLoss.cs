using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Cross-entropy over all counted pixels, as <c>torch.nn.functional.cross_entropy</c> with its mean.</summary>
public sealed record CrossEntropyLoss : Loss
{
    /// <summary>A factor for each class, in the order of the classes; empty means 1 for all.</summary>
    public ValueList<double> ClassWeights { get; init; } = [];

    /// <summary>
    /// Weighs rare classes up by the data: 0 counts every pixel alike, 1 gives every class the same total weight (inverse frequency),
    /// 0.5 lies between. Not together with class weights.
    /// </summary>
    public double Balance { get; init; }

    /// <summary>Share of the target spread evenly over all classes (Szegedy et al., arXiv:1512.00567, section 7).</summary>
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    public override torch.Tensor Of(torch.Tensor logits, torch.Tensor labels)
    {
        using var scope = torch.NewDisposeScope();
        var weights = ClassWeights.Count == 0 ? null : torch.tensor(ClassWeights.Select(weight => (float)weight).ToArray());
        var sum = torch.nn.functional.cross_entropy(logits, labels, weights, LabelMap.Ignore, torch.nn.Reduction.Sum, LabelSmoothing);
        return sum.div(weights is null ? Counted(labels) : CountedWeight(labels, weights)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Loss Fitted(Func<IReadOnlyList<double>> frequencies)
    {
        if (Balance == 0)
            return this;
        // a class that does not occur has no frequency to invert: it gets the weight of the rarest class that does
        var shares = frequencies();
        var rarest = shares.Where(share => share > 0).DefaultIfEmpty(1).Min();
        var raw = shares.Select(share => Math.Pow(share > 0 ? share : rarest, -Balance)).ToArray();
        var mean = raw.Zip(shares, (weight, share) => weight * share).Sum();            // keeps the size of the loss, and so the learning rate
        return this with { ClassWeights = [.. raw.Select(weight => weight / mean)], Balance = 0 };
    }

    /// <inheritdoc/>
    public override void Validate(int classes)
    {
        base.Validate(classes);
        Require(ClassWeights.Count == 0 || ClassWeights.Count == classes, nameof(ClassWeights), $"a list of {ClassWeights.Count}", $"one number for each of the {classes} classes");
        Require(ClassWeights.All(weight => double.IsFinite(weight) && weight >= 0), nameof(ClassWeights), ClassWeights, "a list of numbers from 0 up");
        Require(ClassWeights.Count == 0 || ClassWeights.Any(weight => weight > 0), nameof(ClassWeights), ClassWeights, "at least one weight above 0");
        Require(Balance is >= 0 and <= 1, nameof(Balance), Balance, "a number from 0 to 1");
        Require(Balance == 0 || ClassWeights.Count == 0, nameof(Balance), Balance, "either balance or class-weights");
        Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), LabelSmoothing, "a number from 0 to below 1");
    }

    private static torch.Tensor CountedWeight(torch.Tensor labels, torch.Tensor weights)
    {
        var counted = labels.ne(LabelMap.Ignore);
        var each = weights.index_select(0, labels.where(counted, torch.zeros_like(labels)).flatten());
        return each.mul(counted.flatten()).sum().clamp_min(1e-12);
    }
}
