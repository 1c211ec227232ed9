namespace Niwaki;

/// <summary>One resolution of a Swin v2.</summary>
/// <param name="Width">Channels of the residual stream.</param>
/// <param name="Blocks">Odd ones are shifted.</param>
public sealed record SwinV2Stage(int Width, ValueList<SwinBlock> Blocks)
{
    /// <summary>Whether q and v have biases; k never has one.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Side of the windows that the position biases were trained in, where these windows are larger; 0 means the same.</summary>
    public int PretrainedWindow { get; init; }

    /// <summary>A stage of equal blocks, as published: MLP four times as wide as the stream.</summary>
    public static SwinV2Stage Uniform(int width, int depth, int heads, int window, double mlpRatio = 4) =>
        new(width, SwinStage.Uniform(width, depth, heads, window, mlpRatio).Blocks);
}
