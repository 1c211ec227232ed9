namespace Niwaki;

/// <summary>Element-wise non-linearities.</summary>
public enum Activation
{
    /// <summary>The identity.</summary>
    None,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,

    /// <summary>x * sigmoid(x), also called swish.</summary>
    Silu,

    /// <summary>x/2 * (1 + erf(x / sqrt 2)), the exact form.</summary>
    Gelu,

    /// <summary>x * relu6(x + 3) / 6.</summary>
    HardSwish,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,
}
