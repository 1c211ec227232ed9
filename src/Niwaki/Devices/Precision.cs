namespace Niwaki;

/// <summary>What numbers a runtime can compute products in.</summary>
public enum Precision
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>16-bit floating point (IEEE half).</summary>
    Float16,

    /// <summary>8-bit integers, summed in 32 bits.</summary>
    Int8,
}
