namespace Niwaki;

/// <summary>One tensor that an architecture needs.</summary>
/// <param name="Name">Its key in <c>weights.safetensors</c>.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Role">What it is, which decides how it is initialised and whether it decays.</param>
/// <param name="FanIn">Inputs that one output sums over, for initialisation; 0 where that has no meaning.</param>
/// <param name="FanOut">Outputs that one input feeds, for initialisation; 0 where that has no meaning.</param>
public sealed record ParameterSpec(string Name, Shape Shape, ParameterRole Role, int FanIn = 0, int FanOut = 0)
{
    /// <summary>Whether it is a buffer: stored with the model, never trained.</summary>
    public bool IsBuffer => Role is ParameterRole.RunningMean or ParameterRole.RunningVariance;
}

/// <summary>What a tensor of a network is.</summary>
public enum ParameterRole
{
    /// <summary>Weight of a convolution, [out, in/groups, k, k].</summary>
    ConvWeight,

    /// <summary>Weight of a linear layer, [out, in].</summary>
    LinearWeight,

    /// <summary>Bias of either.</summary>
    Bias,

    /// <summary>Gain of a normalisation; starts at 1.</summary>
    NormWeight,

    /// <summary>Offset of a normalisation; starts at 0.</summary>
    NormBias,

    /// <summary>Mean of a BatchNorm.</summary>
    RunningMean,

    /// <summary>Variance of a BatchNorm; starts at 1.</summary>
    RunningVariance,

    /// <summary>A learned token or position embedding.</summary>
    Embedding,

    /// <summary>A table of relative position biases.</summary>
    PositionBias,

    /// <summary>Weights of an MLP that makes relative position biases.</summary>
    PositionWeight,

    /// <summary>Offsets inside an MLP that makes relative position biases; start at 0.</summary>
    PositionOffset,

    /// <summary>Logarithm of the scale of an attention's logits; starts at log 10.</summary>
    LogitScale,
}
