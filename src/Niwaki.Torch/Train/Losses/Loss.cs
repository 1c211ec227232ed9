using TorchSharp;

namespace Niwaki.Torch;

/// <summary>What training minimises on labelled pixels; several are summed with their weights. Found by the <see cref="Catalog"/>.</summary>
public abstract record Loss
{
    /// <summary>Factor in the sum of all losses.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The loss of a batch, a scalar with a gradient; 0 where no pixel is counted.</summary>
    /// <param name="logits"><c>[B, C, H, W]</c>, float32.</param>
    /// <param name="labels"><c>[B, H, W]</c>, int64; <see cref="LabelMap.Ignore"/> is not counted.</param>
    public abstract torch.Tensor Of(torch.Tensor logits, torch.Tensor labels);

    /// <summary>The same loss with everything settled that depends on the data.</summary>
    /// <param name="frequencies">The share of each class among the labelled pixels; costly, so asked for only where it is needed.</param>
    public virtual Loss Fitted(Func<IReadOnlyList<double>> frequencies) => this;

    /// <summary>Refuses options that make no sense.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="StageException">Says which option, and what is allowed.</exception>
    public virtual void Validate(int classes) =>
        Require(double.IsFinite(Weight) && Weight >= 0, nameof(Weight), Weight, "a number from 0 up");

    /// <summary>The number of counted pixels, at least 1, as a float32 scalar.</summary>
    private protected static torch.Tensor Counted(torch.Tensor labels) =>
        labels.ne(LabelMap.Ignore).sum().to(torch.ScalarType.Float32).clamp_min(1);

    private protected void Require(bool holds, string option, object? value, string allowed)
    {
        if (!holds)
            throw new StageException($"loss {Catalog.NameOf(GetType(), typeof(Loss))}: {Catalog.Kebab(option)} is {value}, but {allowed} is needed.");
    }
}
