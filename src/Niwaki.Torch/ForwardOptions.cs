using TorchSharp;

namespace Niwaki.Torch;

/// <summary>How a forward runs.</summary>
public sealed record ForwardOptions
{
    /// <summary>Batch statistics in BatchNorm (running ones are updated) and stochastic depth. Off for inference.</summary>
    public bool Training { get; init; }

    /// <summary>The number format of products.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Called for each intermediate result that a forward offers. The tensor belongs to the caller's dispose scope.</summary>
    public Action<FeatureTap, torch.Tensor>? Tap { get; init; }

    /// <summary>
    /// Called with the name and the output of every convolution, linear layer and attention; what it returns takes the output's place.
    /// The tensor it gets dies with the forward unless it is moved or detached from the dispose scope.
    /// </summary>
    public Func<string, torch.Tensor, torch.Tensor>? Gate { get; init; }

    /// <summary>Called with the name and the input of every convolution and linear layer, before it runs.</summary>
    public Action<string, torch.Tensor>? Observe { get; init; }
}

/// <summary>Number formats of products on the CPU.</summary>
public enum Precision
{
    /// <summary>Single precision throughout.</summary>
    Float32,

    /// <summary>Products of convolutions, linear layers and attention in bfloat16 with float32 accumulation; weights, normalisations and residual sums stay float32.</summary>
    Bfloat16,
}
