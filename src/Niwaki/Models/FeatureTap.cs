namespace Niwaki;

/// <summary>An intermediate result under a name, for distillation and for parity tests.</summary>
/// <param name="Name">Such as <c>backbone.stages.0.blocks.1</c>.</param>
/// <param name="Layout">How the value is laid out.</param>
/// <param name="Height">Rows of the token grid.</param>
/// <param name="Width">Columns of the token grid.</param>
public sealed record FeatureTap(string Name, FeatureLayout Layout, int Height, int Width)
{
    /// <summary>Where in the network it lies.</summary>
    public FeatureKind Kind { get; init; } = FeatureKind.Block;

    /// <summary>Tokens before the grid's (class token, distillation token).</summary>
    public int Prefix { get; init; }

    /// <summary>Side of the patches of <see cref="FeatureLayout.Unfolded"/>.</summary>
    public int Patch { get; init; } = 1;

    /// <summary>The tapped value as an image <c>[B, C, Height, Width]</c>, whatever its layout.</summary>
    public T ToImage<T>(IOps<T> op, T value) => Layout switch
    {
        FeatureLayout.Image => value,
        FeatureLayout.Grid => op.GridToImage(value),
        FeatureLayout.Unfolded => op.Fold(value, Patch, Height, Width),
        FeatureLayout.Merged => throw new StageException($"The feature '{Name}' lies behind a merging of tokens and is no picture any more. Read one before the first merging, or the last stage of a network that labels pixels."),
        _ => op.GridToImage(op.TokensToGrid(Prefix > 0 ? op.SkipTokens(value, Prefix) : value, Height, Width)),
    };
}

/// <summary>Places of features.</summary>
public enum FeatureKind
{
    /// <summary>The output of a block; those of transformer blocks are what ViTKD mimics and generates.</summary>
    Block,

    /// <summary>The output of all blocks of one resolution.</summary>
    Stage,

    /// <summary>Embeddings, downsamplings, final norms, maps inside a head.</summary>
    Other,
}

/// <summary>Layouts of features.</summary>
public enum FeatureLayout
{
    /// <summary><c>[B, C, H, W]</c>.</summary>
    Image,

    /// <summary><c>[B, H, W, C]</c>.</summary>
    Grid,

    /// <summary><c>[B, prefix + H*W, C]</c>.</summary>
    Tokens,

    /// <summary><c>[B, M, C]</c>: tokens after a merging, which lie on no grid.</summary>
    Merged,

    /// <summary><c>[B*patch*patch, H*W/(patch*patch), C]</c>, as <see cref="IOps{T}.Unfold"/> gives it.</summary>
    Unfolded,
}
