namespace Niwaki;

/// <summary>One resolution of a Swin.</summary>
/// <param name="Width">Channels of the residual stream.</param>
/// <param name="Blocks">Odd ones are shifted.</param>
public sealed record SwinStage(int Width, ValueList<SwinBlock> Blocks)
{
    /// <summary>Whether q, k and v have biases.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>A stage of equal blocks, as published: MLP four times as wide as the stream.</summary>
    public static SwinStage Uniform(int width, int depth, int heads, int window, double mlpRatio = 4) =>
        new(width, [.. Enumerable.Repeat(new SwinBlock(heads, width / heads, (int)(width * mlpRatio), window), depth)]);
}
