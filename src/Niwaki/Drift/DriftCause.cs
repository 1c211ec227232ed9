namespace Niwaki;

/// <summary>What a drift comes from.</summary>
public enum DriftCause
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The pictures: the float model sees it too.</summary>
    Data,

    /// <summary>The quantization: on these pictures the quantized model's answers moved and the float model's did not.</summary>
    Quantization,

    /// <summary>There is no float model to ask.</summary>
    Unknown,
}
