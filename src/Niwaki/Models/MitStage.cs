namespace Niwaki;

/// <summary>One resolution of a Mix Transformer.</summary>
/// <param name="Width">Channels of the residual stream.</param>
/// <param name="Blocks">Its transformer.</param>
public sealed record MitStage(int Width, ValueList<TransformerBlock> Blocks)
{
    /// <summary>Side of the overlapping patches that open the stage; 7 in the first stage, as published.</summary>
    public int Patch { get; init; } = 3;

    /// <summary>Distance of the patches; 4 in the first stage, as published.</summary>
    public int Stride { get; init; } = 2;

    /// <summary>Keys and values are taken from squares of this side, so that attention costs its square less; 1 takes them from every pixel.</summary>
    public int Reduction { get; init; } = 1;
}
