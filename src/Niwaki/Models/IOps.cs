namespace Niwaki;

/// <summary>
/// The vocabulary in which every architecture is written; what a forward means is the reader's. Layouts: an image is
/// <c>[B, C, H, W]</c>, a grid <c>[B, H, W, C]</c>, tokens <c>[B, N, C]</c>, a vector <c>[B, C]</c>. Parameters are named
/// <c>name.weight</c>, <c>name.bias</c>, …; all shapes are static apart from the batch.
/// </summary>
/// <typeparam name="T">The reader's value.</typeparam>
public interface IOps<T>
{
    /// <summary>The dimensions of a value (a batch of 1 in readers that do not run).</summary>
    Shape ShapeOf(T value);

    /// <summary>Image to image. <c>name.weight</c> [out, in/groups, k, k], optional <c>name.bias</c> [out].</summary>
    T Conv(T image, string name, ConvOptions options);

    /// <summary>On the last axis of a grid, tokens or a vector. <c>name.weight</c> [width, in], optional <c>name.bias</c> [width].</summary>
    T Linear(T value, string name, int width, bool bias = true);

    /// <summary>Per channel of an image. <c>name.weight</c>, <c>name.bias</c>, buffers <c>name.running_mean</c>, <c>name.running_var</c>, all [C].</summary>
    T BatchNorm(T image, string name, double epsilon = 1e-5);

    /// <summary>Over the last axis. <c>name.weight</c>, <c>name.bias</c> [C].</summary>
    T LayerNorm(T value, string name, double epsilon = 1e-5);

    /// <summary>Over the pixels and the channels of each of equal groups of an image (arXiv:1803.08494). <c>name.weight</c>, <c>name.bias</c> [C].</summary>
    T GroupNorm(T image, string name, int groups = 1, double epsilon = 1e-5);

    /// <summary>Puts the learned token <paramref name="name"/> [1, 1, C] before the others.</summary>
    T PrependToken(T tokens, string name);

    /// <summary>Adds the learned <paramref name="name"/> [1, N, C].</summary>
    T AddPositions(T tokens, string name);

    /// <summary>Element-wise.</summary>
    T Activate(T value, Activation activation);

    /// <summary>Element-wise sum of equal shapes.</summary>
    T Add(T left, T right);

    /// <summary>Element-wise mean of equal shapes.</summary>
    T Mean(T left, T right);

    /// <summary>Joins images along their channels.</summary>
    T Concat(IReadOnlyList<T> images);

    /// <summary>Bilinear, without antialiasing, as <c>torch.nn.functional.interpolate</c>. The same size is the identity.</summary>
    T Resize(T image, int height, int width, bool alignCorners = false);

    /// <summary>Adaptive average pooling of an image to a size: bins may overlap.</summary>
    T AveragePool(T image, int height, int width);

    /// <summary>Max pooling of an image; padding never wins.</summary>
    T MaxPool(T image, int kernel, int stride, int padding);

    /// <summary>Image to vector: mean over the pixels.</summary>
    T GlobalAveragePool(T image);

    /// <summary>Tokens to vector: mean over all tokens.</summary>
    T MeanTokens(T tokens);

    /// <summary>Tokens to vector: the token at <paramref name="index"/>.</summary>
    T Token(T tokens, int index);

    /// <summary>Tokens without the first <paramref name="count"/>.</summary>
    T SkipTokens(T tokens, int count);

    /// <summary>Zeros at the right and at the bottom of an image.</summary>
    T Pad(T image, int right, int bottom);

    /// <summary>[B, C, H, W] to [B, H, W, C].</summary>
    T ImageToGrid(T image);

    /// <summary>[B, H, W, C] to [B, C, H, W].</summary>
    T GridToImage(T grid);

    /// <summary>[B, H, W, C] to [B, H*W, C].</summary>
    T GridToTokens(T grid);

    /// <summary>[B, H*W, C] to [B, H, W, C].</summary>
    T TokensToGrid(T tokens, int height, int width);

    /// <summary>Pads, rolls and cuts a grid: to tokens [B*windows, area, C], windows row by row.</summary>
    T Windows(T grid, WindowLayout layout);

    /// <summary>Undoes <see cref="Windows"/>: to the grid [B, H, W, C] without its padding.</summary>
    T Unwindows(T tokens, WindowLayout layout);

    /// <summary>
    /// Joins 2 x 2 neighbours of a grid: [B, H, W, C] to [B, ceil(H/2), ceil(W/2), 4C], odd sides zero-padded, in the original
    /// order (even row, even column), (odd, even), (even, odd), (odd, odd).
    /// </summary>
    T MergePatches(T grid);

    /// <summary>
    /// MobileViT's unfolding (arXiv:2110.02178): [B, C, H, W] to [B*patch*patch, patches, C]; H and W are multiples of the patch.
    /// Batch-major, then the pixel's position inside its patch, row by row; patches row by row.
    /// </summary>
    T Unfold(T image, int patch);

    /// <summary>Undoes <see cref="Unfold"/>.</summary>
    T Fold(T tokens, int patch, int height, int width);

    /// <summary>softmax(scale * q k^T + bias + mask) v: [B, N, heads * d], [B, M, heads * d], [B, M, heads * e] to [B, N, heads * e].</summary>
    T Attention(T query, T key, T value, string name, AttentionOptions options);

    /// <summary>
    /// Swin v2's attention (arXiv:2111.09883, equations 2 to 4): softmax(scale * cos(q, k) + bias + mask) v, the scale of each head being
    /// exp(min(<c>name.logit_scale</c>, log 100)) [heads, 1, 1], the bias 16 * sigmoid of an MLP over
    /// <see cref="WindowLayout.RelativeCoordinates"/>: <c>name.position_weight1</c> [hidden, 2], <c>name.position_bias1</c> [hidden], ReLU,
    /// <c>name.position_weight2</c> [heads, hidden].
    /// </summary>
    T CosineAttention(T query, T key, T value, string name, CosineAttentionOptions options);

    /// <summary>
    /// MobileViT v2's separable attention (arXiv:2206.02680, section 3.2) on images [B, 1, H, W] and twice [B, C, H, W], for each pixel
    /// position of the square patches: relu(v) * Σ (k * softmax(q)), sum and softmax being over the patches. It has no weights.
    /// </summary>
    T SeparableAttention(T query, T key, T value, string name, int patch);

    /// <summary>
    /// Linear attention over the pixels of images, for queries and keys that are not negative (EfficientViT, arXiv:2205.14756, equation 4):
    /// for each head <c>(sum over pixels of v kᵀ) q / (q · sum of k + epsilon)</c>. [B, heads * d, H, W], the same, [B, heads * e, H, W] to
    /// [B, heads * e, H, W]; in float32 throughout, since it sums over all pixels.
    /// </summary>
    T LinearAttention(T query, T key, T value, string name, int heads, double epsilon = 1e-5);

    /// <summary>
    /// <see cref="Attention"/> to tokens that stand for several each: a key counts as often as its size says, by the logarithm of the size in the
    /// logits (arXiv:2210.09461, equation 1). Sizes: <c>[B, M, 1]</c>. Without windows.
    /// </summary>
    T SizedAttention(T query, T key, T value, T sizes, string name, AttentionOptions options);

    /// <summary>
    /// Which tokens are merged, by the likeness of their keys: [B, N, heads * d] to <c>[B, N - Count, N]</c> of zeros and ones, a row for each new
    /// token, a one for each token in it. Nothing is learned from it.
    /// </summary>
    T MatchTokens(T key, string name, TokenMatching matching);

    /// <summary>How many tokens each new one is made of: [B, M, N] to [B, M, 1].</summary>
    T CountTokens(T matching, string name);

    /// <summary>The sums of the tokens that each new one is made of: [B, M, N] and [B, N, C] to [B, M, C].</summary>
    T SumTokens(T matching, T tokens, string name);

    /// <summary>
    /// The means of the tokens that each new one is made of, weighted by their sizes: [B, N, C] and [B, M, N] to [B, M, C].
    /// </summary>
    /// <param name="tokens">Before.</param>
    /// <param name="matching">Which ones are merged.</param>
    /// <param name="sizes">Of the tokens before, [B, N, 1]; none where all are single ones.</param>
    /// <param name="merged">Of the new tokens, [B, M, 1].</param>
    /// <param name="name">Of the operation.</param>
    T MergeTokens(T tokens, T matching, T? sizes, T merged, string name);

    /// <summary>Undoes merging as far as possible: every former token gets the value of the one that it went into. [B, M, C] and [B, M, N] to [B, N, C].</summary>
    T SpreadTokens(T tokens, T matching, string name);

    /// <summary>Stochastic depth of a residual branch in training (arXiv:1603.09382); the identity elsewhere.</summary>
    T DropPath(T value, double rate);

    /// <summary>The identity, that a reader may listen to.</summary>
    T Tap(T value, FeatureTap tap);
}
