namespace Niwaki;

/// <summary>Kinds of work that reach different shares of a machine's figures.</summary>
public enum WorkKind
{
    /// <summary>A product in float32.</summary>
    Float32,

    /// <summary>A product in float16.</summary>
    Float16,

    /// <summary>A product in 8-bit integers.</summary>
    Int8,

    /// <summary>A product in groups, such as a depthwise convolution: few products for each number that is read.</summary>
    Grouped,

    /// <summary>Everything else: as fast as memory.</summary>
    Moving,
}
