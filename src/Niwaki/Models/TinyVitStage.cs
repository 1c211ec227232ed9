namespace Niwaki;

/// <summary>One resolution of a TinyViT, after the first.</summary>
/// <param name="DownsampleWidth">Hidden channels of the convolutions that halve the resolution.</param>
/// <param name="Width">Channels of the residual stream.</param>
/// <param name="Window">Side of the square windows; the map is padded to a multiple of it.</param>
/// <param name="Blocks">Its transformer.</param>
public sealed record TinyVitStage(int DownsampleWidth, int Width, int Window, ValueList<TransformerBlock> Blocks)
{
    /// <summary>Side of the depthwise convolution between attention and MLP.</summary>
    public int LocalKernel { get; init; } = 3;
}
