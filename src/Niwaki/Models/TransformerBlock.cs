namespace Niwaki;

/// <summary>One pre-norm transformer block: attention heads and an MLP.</summary>
/// <param name="Heads">Attention heads that are left.</param>
/// <param name="HeadWidth">Channels of a head.</param>
/// <param name="MlpWidth">Hidden neurons of the MLP.</param>
public sealed record TransformerBlock(int Heads, int HeadWidth, int MlpWidth)
{
    /// <summary>Equal blocks, as published.</summary>
    public static ValueList<TransformerBlock> Uniform(int width, int depth, int heads, double mlpRatio = 4) =>
        [.. Enumerable.Repeat(new TransformerBlock(heads, width / heads, (int)(width * mlpRatio)), depth)];

    internal T Forward<T>(IOps<T> op, T x, string name, double epsilon, Activation activation, bool qkvBias, double drop)
    {
        var stream = op.ShapeOf(x)[^1];
        var width = Heads * HeadWidth;
        var normed = op.LayerNorm(x, $"{name}.norm1", epsilon);                         // [B, N, C]
        var attended = op.Attention(
            op.Linear(normed, $"{name}.attn.q", width, qkvBias),
            op.Linear(normed, $"{name}.attn.k", width, qkvBias),
            op.Linear(normed, $"{name}.attn.v", width, qkvBias),
            $"{name}.attn",
            new AttentionOptions(Heads, 1 / Math.Sqrt(HeadWidth)));                     // [B, N, heads * d]
        x = op.Add(x, op.DropPath(op.Linear(attended, $"{name}.attn.proj", stream), drop));

        var hidden = op.Activate(op.Linear(op.LayerNorm(x, $"{name}.norm2", epsilon), $"{name}.mlp.fc1", MlpWidth), activation);
        return op.Add(x, op.DropPath(op.Linear(hidden, $"{name}.mlp.fc2", stream), drop));
    }

    internal TransformerBlock Narrowed(Widths widths, string name) => this with
    {
        Heads = widths($"{name}.attn.v") / HeadWidth,
        MlpWidth = widths($"{name}.mlp.fc1"),
    };
}
