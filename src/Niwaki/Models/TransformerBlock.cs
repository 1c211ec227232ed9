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

    // merging: the tokens merged so far, and how many more this block merges between attention and MLP
    internal T Forward<T>(IOps<T> op, T x, string name, double epsilon, Activation activation, bool qkvBias, double drop, MergedTokens<T>? merging = null, int merged = 0)
    {
        var stream = op.ShapeOf(x)[^1];
        var width = Heads * HeadWidth;
        var normed = op.LayerNorm(x, $"{name}.norm1", epsilon);                         // [B, N, C]
        var query = op.Linear(normed, $"{name}.attn.q", width, qkvBias);
        var key = op.Linear(normed, $"{name}.attn.k", width, qkvBias);
        var value = op.Linear(normed, $"{name}.attn.v", width, qkvBias);
        var options = new AttentionOptions(Heads, 1 / Math.Sqrt(HeadWidth));
        var attended = merging is null
            ? op.Attention(query, key, value, $"{name}.attn", options)
            : merging.Attention(op, query, key, value, $"{name}.attn", options);         // [B, N, heads * d]
        x = op.Add(x, op.DropPath(op.Linear(attended, $"{name}.attn.proj", stream), drop));
        if (merging is not null)
            x = merging.Merge(op, x, key, name, Heads, merged);                         // [B, N - merged, C]

        var hidden = op.Activate(op.Linear(op.LayerNorm(x, $"{name}.norm2", epsilon), $"{name}.mlp.fc1", MlpWidth), activation);
        return op.Add(x, op.DropPath(op.Linear(hidden, $"{name}.mlp.fc2", stream), drop));
    }

    internal TransformerBlock Narrowed(Widths widths, string name) => this with
    {
        Heads = widths($"{name}.attn.v") / HeadWidth,
        MlpWidth = widths($"{name}.mlp.fc1"),
    };
}
