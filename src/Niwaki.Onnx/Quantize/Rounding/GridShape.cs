namespace Niwaki.Onnx;

/// <summary>Which numbers weights may become.</summary>
/// <param name="Bits">Bits of a code.</param>
/// <param name="Block">Neighbouring inputs of an output channel that share a step; <see langword="null"/> for all.</param>
/// <param name="IsSymmetric">Whether zero is the middle code.</param>
/// <param name="IsPerChannel">Whether each output channel has a step of its own.</param>
internal readonly record struct GridShape(int Bits, int? Block = null, bool IsSymmetric = true, bool IsPerChannel = true)
{
    /// <summary>The smallest code.</summary>
    public int Low => IsSymmetric && Block is null ? -High : 0;

    /// <summary>The largest code.</summary>
    public int High => IsSymmetric && Block is null ? (1 << (Bits - 1)) - 1 : (1 << Bits) - 1;
}
