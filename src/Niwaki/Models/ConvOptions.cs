namespace Niwaki;

/// <summary>A 2-D convolution with square kernel.</summary>
/// <param name="Channels">Output channels.</param>
/// <param name="Kernel">Kernel side.</param>
public readonly record struct ConvOptions(int Channels, int Kernel)
{
    /// <summary>Step in both axes.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Zeros on all four sides.</summary>
    public int Padding { get; init; }

    /// <summary>Distance of kernel taps.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>Groups; equal to the input channels for a depthwise convolution.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether <c>name.bias</c> exists. Off by default: a BatchNorm follows most convolutions.</summary>
    public bool Bias { get; init; }

    /// <summary>The output side for an input side.</summary>
    public int Output(int input) => ((input + (2 * Padding) - (Dilation * (Kernel - 1)) - 1) / Stride) + 1;
}
