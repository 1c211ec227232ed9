namespace Niwaki;

/// <summary>One resolution of a ResNet.</summary>
/// <param name="Width">Channels of the residual stream.</param>
/// <param name="Blocks">The first one changes the resolution.</param>
public sealed record ResNetStage(int Width, ValueList<ResNetBlock> Blocks)
{
    /// <summary>Step of the first block.</summary>
    public int Stride { get; init; } = 2;

    /// <summary>Whether the first block's shortcut is a 1 x 1 convolution; otherwise the stream keeps the width of the stage before.</summary>
    public bool Projected { get; init; } = true;

    /// <summary>A stage of equal blocks, as published.</summary>
    public static ResNetStage Uniform(int width, int depth) => new(width, [.. Enumerable.Repeat(new ResNetBlock(width), depth)]);

    /// <summary>A stage of equal bottlenecks, as published: a quarter as wide inside.</summary>
    public static ResNetStage Bottlenecks(int width, int depth) =>
        new(width, [.. Enumerable.Repeat(new ResNetBlock(width / 4) { BottleneckWidth = width / 4 }, depth)]);
}
