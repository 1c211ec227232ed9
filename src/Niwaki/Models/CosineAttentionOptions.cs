namespace Niwaki;

/// <summary>Swin v2's attention in windows, see <see cref="IOps{T}.CosineAttention"/>.</summary>
/// <param name="Heads">Number of heads; heads are contiguous blocks of the last axis.</param>
/// <param name="Windows">The windows, whose shift gives the mask and whose size gives the position bias.</param>
public sealed record CosineAttentionOptions(int Heads, WindowLayout Windows)
{
    /// <summary>Side of the windows that the position bias was trained in; 0 means that of <see cref="Windows"/>.</summary>
    public int PretrainedWindow { get; init; }

    /// <summary>Hidden neurons of the MLP that makes the position bias; 512 in every implementation.</summary>
    public int HiddenWidth { get; init; } = 512;

    /// <summary>The largest scale of a head.</summary>
    public const double MaxScale = 100;

    /// <summary>The largest position bias.</summary>
    public const double MaxBias = 16;
}
