namespace Niwaki;

/// <summary>One block of a ResNet beside a shortcut: two 3 x 3 convolutions, or a bottleneck of 1 x 1, 3 x 3 and 1 x 1.</summary>
/// <param name="HiddenWidth">Channels after the first convolution.</param>
public sealed record ResNetBlock(int HiddenWidth)
{
    /// <summary>Channels between the 3 x 3 and the last 1 x 1 convolution of a bottleneck; 0 makes the block two 3 x 3 convolutions.</summary>
    public int BottleneckWidth { get; init; }
}
