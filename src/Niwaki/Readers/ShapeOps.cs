namespace Niwaki;

/// <summary>Follows the shapes of a forward with a batch of 1; what a reader wants to know beside them it overrides.</summary>
public abstract class ShapeOps : IOps<Shape>
{
    /// <inheritdoc/>
    public Shape ShapeOf(Shape value) => value;

    /// <inheritdoc/>
    public virtual Shape Conv(Shape image, string name, ConvOptions options) =>
        new(image[0], options.Channels, options.Output(image[2]), options.Output(image[3]));

    /// <inheritdoc/>
    public virtual Shape Linear(Shape value, string name, int width, bool bias = true) => value.With(^1, width);

    /// <inheritdoc/>
    public virtual Shape BatchNorm(Shape image, string name, double epsilon = 1e-5) => image;

    /// <inheritdoc/>
    public virtual Shape LayerNorm(Shape value, string name, double epsilon = 1e-5) => value;

    /// <inheritdoc/>
    public virtual Shape GroupNorm(Shape image, string name, int groups = 1, double epsilon = 1e-5) => image;

    /// <inheritdoc/>
    public virtual Shape PrependToken(Shape tokens, string name) => tokens.With(1, tokens[1] + 1);

    /// <inheritdoc/>
    public virtual Shape AddPositions(Shape tokens, string name) => tokens;

    /// <inheritdoc/>
    public virtual Shape Activate(Shape value, Activation activation) => value;

    /// <inheritdoc/>
    public virtual Shape Add(Shape left, Shape right) => Same(left, right);

    /// <inheritdoc/>
    public virtual Shape Mean(Shape left, Shape right) => Same(left, right);

    /// <inheritdoc/>
    public virtual Shape Concat(IReadOnlyList<Shape> images) => images[0].With(1, images.Sum(image => image[1]));

    /// <inheritdoc/>
    public virtual Shape Resize(Shape image, int height, int width, bool alignCorners = false) => new(image[0], image[1], height, width);

    /// <inheritdoc/>
    public virtual Shape AveragePool(Shape image, int height, int width) => new(image[0], image[1], height, width);

    /// <inheritdoc/>
    public virtual Shape MaxPool(Shape image, int kernel, int stride, int padding)
    {
        var pooled = new ConvOptions(image[1], kernel) { Stride = stride, Padding = padding };
        return new Shape(image[0], image[1], pooled.Output(image[2]), pooled.Output(image[3]));
    }

    /// <inheritdoc/>
    public virtual Shape GlobalAveragePool(Shape image) => new(image[0], image[1]);

    /// <inheritdoc/>
    public virtual Shape MeanTokens(Shape tokens) => new(tokens[0], tokens[2]);

    /// <inheritdoc/>
    public virtual Shape Token(Shape tokens, int index) => new(tokens[0], tokens[2]);

    /// <inheritdoc/>
    public virtual Shape SkipTokens(Shape tokens, int count) => tokens.With(1, tokens[1] - count);

    /// <inheritdoc/>
    public virtual Shape Pad(Shape image, int right, int bottom) => new(image[0], image[1], image[2] + bottom, image[3] + right);

    /// <inheritdoc/>
    public virtual Shape ImageToGrid(Shape image) => new(image[0], image[2], image[3], image[1]);

    /// <inheritdoc/>
    public virtual Shape GridToImage(Shape grid) => new(grid[0], grid[3], grid[1], grid[2]);

    /// <inheritdoc/>
    public virtual Shape GridToTokens(Shape grid) => new(grid[0], grid[1] * grid[2], grid[3]);

    /// <inheritdoc/>
    public virtual Shape TokensToGrid(Shape tokens, int height, int width) =>
        tokens[1] == height * width
            ? new Shape(tokens[0], height, width, tokens[2])
            : throw new ArgumentException($"{tokens[1]} tokens do not make a grid of {height} x {width}.", nameof(tokens));

    /// <inheritdoc/>
    public virtual Shape Windows(Shape grid, WindowLayout layout) => new(grid[0] * layout.Count, layout.Area, grid[3]);

    /// <inheritdoc/>
    public virtual Shape Unwindows(Shape tokens, WindowLayout layout) => new(tokens[0] / layout.Count, layout.Height, layout.Width, tokens[2]);

    /// <inheritdoc/>
    public virtual Shape MergePatches(Shape grid) => new(grid[0], (grid[1] + 1) / 2, (grid[2] + 1) / 2, 4 * grid[3]);

    /// <inheritdoc/>
    public virtual Shape Unfold(Shape image, int patch) =>
        image[2] % patch == 0 && image[3] % patch == 0
            ? new Shape(image[0] * patch * patch, image[2] * image[3] / (patch * patch), image[1])
            : throw new ArgumentException($"{image[2]} x {image[3]} is no multiple of the patch {patch}.", nameof(image));

    /// <inheritdoc/>
    public virtual Shape Fold(Shape tokens, int patch, int height, int width) => new(tokens[0] / (patch * patch), tokens[2], height, width);

    /// <inheritdoc/>
    public virtual Shape Attention(Shape query, Shape key, Shape value, string name, AttentionOptions options) => query.With(^1, value[^1]);

    /// <inheritdoc/>
    public virtual Shape CosineAttention(Shape query, Shape key, Shape value, string name, CosineAttentionOptions options) => query.With(^1, value[^1]);

    /// <inheritdoc/>
    public virtual Shape SeparableAttention(Shape query, Shape key, Shape value, string name, int patch) =>
        value[2] % patch == 0 && value[3] % patch == 0
            ? Same(key, value)
            : throw new ArgumentException($"{value[2]} x {value[3]} is no multiple of the patch {patch}.", nameof(patch));

    /// <inheritdoc/>
    public virtual Shape LinearAttention(Shape query, Shape key, Shape value, string name, int heads, double epsilon = 1e-5) => query.With(1, value[1]);

    /// <inheritdoc/>
    public virtual Shape SizedAttention(Shape query, Shape key, Shape value, Shape sizes, string name, AttentionOptions options) => Attention(query, key, value, name, options);

    /// <inheritdoc/>
    public virtual Shape MatchTokens(Shape key, string name, TokenMatching matching) =>
        matching.Count >= 1 && matching.Count <= TokenMatching.Most(key[1], (matching.ClassToken ? 1 : 0) + (matching.DistillationToken ? 1 : 0))
            ? new Shape(key[0], key[1] - matching.Count, key[1])
            : throw new ArgumentException($"{name}: {matching.Count} of {key[1]} tokens cannot be merged at once.", nameof(matching));

    /// <inheritdoc/>
    public virtual Shape CountTokens(Shape matching, string name) => matching.With(2, 1);

    /// <inheritdoc/>
    public virtual Shape SumTokens(Shape matching, Shape tokens, string name) => matching.With(2, tokens[2]);

    /// <inheritdoc/>
    public virtual Shape MergeTokens(Shape tokens, Shape matching, Shape? sizes, Shape merged, string name) => tokens.With(1, matching[1]);

    /// <inheritdoc/>
    public virtual Shape SpreadTokens(Shape tokens, Shape matching, string name) => tokens.With(1, matching[2]);

    /// <inheritdoc/>
    public Shape DropPath(Shape value, double rate) => value;

    /// <inheritdoc/>
    public virtual Shape Tap(Shape value, FeatureTap tap) => value;

    private static Shape Same(Shape left, Shape right) =>
        left == right ? left : throw new ArgumentException($"{left} and {right} cannot be combined element by element.", nameof(right));
}
