namespace Niwaki;

/// <summary>One pre-norm transformer block of a <see cref="MobileVitV2Block"/>, on images: every linear layer is a 1 x 1 convolution.</summary>
/// <param name="AttentionWidth">Channels of keys and values.</param>
/// <param name="MlpWidth">Hidden neurons of the MLP.</param>
public sealed record SeparableBlock(int AttentionWidth, int MlpWidth)
{
    /// <summary>Equal blocks, as published: keys and values as wide as the stream, MLP twice as wide.</summary>
    public static ValueList<SeparableBlock> Uniform(int width, int depth) =>
        [.. Enumerable.Repeat(new SeparableBlock(width, 2 * width), depth)];

    internal T Forward<T>(IOps<T> op, T x, string name, int patch, double epsilon, double drop)
    {
        var stream = op.ShapeOf(x)[1];
        var normed = op.GroupNorm(x, $"{name}.norm1", epsilon: epsilon);                // [B, C, H, W]
        var attended = op.SeparableAttention(
            op.Conv(normed, $"{name}.attn.q", Pointwise(1)),
            op.Conv(normed, $"{name}.attn.k", Pointwise(AttentionWidth)),
            op.Conv(normed, $"{name}.attn.v", Pointwise(AttentionWidth)),
            $"{name}.attn",
            patch);                                                                     // [B, A, H, W]
        x = op.Add(x, op.DropPath(op.Conv(attended, $"{name}.attn.proj", Pointwise(stream)), drop));

        var hidden = op.Conv(op.GroupNorm(x, $"{name}.norm2", epsilon: epsilon), $"{name}.mlp.fc1", Pointwise(MlpWidth));
        return op.Add(x, op.DropPath(op.Conv(op.Activate(hidden, Activation.Silu), $"{name}.mlp.fc2", Pointwise(stream)), drop));
    }

    internal SeparableBlock Narrowed(Widths widths, string name) => new(widths($"{name}.attn.v"), widths($"{name}.mlp.fc1"));

    private static ConvOptions Pointwise(int channels) => new(channels, 1) { Bias = true };
}
