using static TorchSharp.torch;

namespace Niwaki.Bench;

/// <summary>
/// The reader as one writes it first on TorchSharp: maps resized by <c>interpolate</c>, attention as two products and a softmax;
/// everything else as <see cref="Torch.TorchOps"/> does it.
/// </summary>
internal sealed class PlainOps(IOps<Tensor> inner) : IOps<Tensor>
{
    public Tensor Resize(Tensor image, int height, int width, bool alignCorners = false) =>
        nn.functional.interpolate(image, [height, width], mode: InterpolationMode.Bilinear, align_corners: alignCorners);

    public Shape ShapeOf(Tensor value) => inner.ShapeOf(value);

    public Tensor Conv(Tensor image, string name, ConvOptions options) => inner.Conv(image, name, options);

    public Tensor Linear(Tensor value, string name, int width, bool bias = true) => inner.Linear(value, name, width, bias);

    public Tensor BatchNorm(Tensor image, string name, double epsilon = 1e-5) => inner.BatchNorm(image, name, epsilon);

    public Tensor LayerNorm(Tensor value, string name, double epsilon = 1e-5) => inner.LayerNorm(value, name, epsilon);

    public Tensor GroupNorm(Tensor image, string name, int groups = 1, double epsilon = 1e-5) => inner.GroupNorm(image, name, groups, epsilon);

    public Tensor PrependToken(Tensor tokens, string name) => inner.PrependToken(tokens, name);

    public Tensor AddPositions(Tensor tokens, string name) => inner.AddPositions(tokens, name);

    public Tensor Activate(Tensor value, Activation activation) => inner.Activate(value, activation);

    public Tensor Add(Tensor left, Tensor right) => inner.Add(left, right);

    public Tensor Mean(Tensor left, Tensor right) => inner.Mean(left, right);

    public Tensor Concat(IReadOnlyList<Tensor> images) => inner.Concat(images);

    public Tensor AveragePool(Tensor image, int height, int width) => inner.AveragePool(image, height, width);

    public Tensor MaxPool(Tensor image, int kernel, int stride, int padding) => inner.MaxPool(image, kernel, stride, padding);

    public Tensor GlobalAveragePool(Tensor image) => inner.GlobalAveragePool(image);

    public Tensor MeanTokens(Tensor tokens) => inner.MeanTokens(tokens);

    public Tensor Token(Tensor tokens, int index) => inner.Token(tokens, index);

    public Tensor SkipTokens(Tensor tokens, int count) => inner.SkipTokens(tokens, count);

    public Tensor Pad(Tensor image, int right, int bottom) => inner.Pad(image, right, bottom);

    public Tensor ImageToGrid(Tensor image) => inner.ImageToGrid(image);

    public Tensor GridToImage(Tensor grid) => inner.GridToImage(grid);

    public Tensor GridToTokens(Tensor grid) => inner.GridToTokens(grid);

    public Tensor TokensToGrid(Tensor tokens, int height, int width) => inner.TokensToGrid(tokens, height, width);

    public Tensor Windows(Tensor grid, WindowLayout layout) => inner.Windows(grid, layout);

    public Tensor Unwindows(Tensor tokens, WindowLayout layout) => inner.Unwindows(tokens, layout);

    public Tensor MergePatches(Tensor grid) => inner.MergePatches(grid);

    public Tensor Unfold(Tensor image, int patch) => inner.Unfold(image, patch);

    public Tensor Fold(Tensor tokens, int patch, int height, int width) => inner.Fold(tokens, patch, height, width);

    public Tensor Attention(Tensor query, Tensor key, Tensor value, string name, AttentionOptions options)
    {
        if (options.Windows is not null)
            return inner.Attention(query, key, value, name, options);
        var logits = Heads(query).matmul(Heads(key).transpose(2, 3)) * options.Scale;
        return logits.softmax(-1).matmul(Heads(value)).transpose(1, 2).reshape(query.shape[0], query.shape[1], value.shape[2]);

        Tensor Heads(Tensor tokens) => tokens.reshape(tokens.shape[0], tokens.shape[1], options.Heads, -1).transpose(1, 2);
    }

    public Tensor CosineAttention(Tensor query, Tensor key, Tensor value, string name, CosineAttentionOptions options) => inner.CosineAttention(query, key, value, name, options);

    public Tensor LinearAttention(Tensor query, Tensor key, Tensor value, string name, int heads, double epsilon = 1e-5) => inner.LinearAttention(query, key, value, name, heads, epsilon);

    public Tensor SeparableAttention(Tensor query, Tensor key, Tensor value, string name, int patch) => inner.SeparableAttention(query, key, value, name, patch);

    public Tensor DropPath(Tensor value, double rate) => inner.DropPath(value, rate);

    public Tensor Tap(Tensor value, FeatureTap tap) => inner.Tap(value, tap);

    public Tensor SizedAttention(Tensor query, Tensor key, Tensor value, Tensor sizes, string name, AttentionOptions options) => inner.SizedAttention(query, key, value, sizes, name, options);

    public Tensor MatchTokens(Tensor key, string name, TokenMatching matching) => inner.MatchTokens(key, name, matching);

    public Tensor CountTokens(Tensor matching, string name) => inner.CountTokens(matching, name);

    public Tensor SumTokens(Tensor matching, Tensor tokens, string name) => inner.SumTokens(matching, tokens, name);

    public Tensor MergeTokens(Tensor tokens, Tensor matching, Tensor? sizes, Tensor merged, string name) => inner.MergeTokens(tokens, matching, sizes, merged, name);

    public Tensor SpreadTokens(Tensor tokens, Tensor matching, string name) => inner.SpreadTokens(tokens, matching, name);
}
