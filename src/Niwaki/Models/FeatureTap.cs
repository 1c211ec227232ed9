namespace Niwaki;

/// <summary>An intermediate result under a name, for distillation and for parity tests.</summary>
/// <param name="Name">Such as <c>backbone.stages.0.blocks.1</c>.</param>
/// <param name="Layout">How the value is laid out.</param>
/// <param name="Height">Rows of the token grid.</param>
/// <param name="Width">Columns of the token grid.</param>
public sealed record FeatureTap(string Name, FeatureLayout Layout, int Height, int Width)
{
    /// <summary>Tokens before the grid's (class token, distillation token).</summary>
    public int Prefix { get; init; }
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
}
