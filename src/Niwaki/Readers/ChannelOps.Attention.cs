namespace Niwaki;

/// <content>Attention, and the norms over several channels.</content>
public sealed partial class ChannelOps
{
    /// <inheritdoc/>
    public ChannelValue GroupNorm(ChannelValue image, string name, int groups = 1, double epsilon = 1e-5)
    {
        Write(name, image.Channels, bias: true);
        ties.Fix(image.Channels, $"{name} takes mean and variance over it");
        return new ChannelValue(image.Shape, image.Channels);
    }

    /// <inheritdoc/>
    public ChannelValue Attention(ChannelValue query, ChannelValue key, ChannelValue value, string name, AttentionOptions options)
    {
        var heads = TieHeads(query, key, value, name, options.Heads);
        if (options is { Windows: not null, Mirrored: true })
            ties.Follow($"{name}.attention_biases", 0, heads, reads: false);
        else if (options.Windows is not null)
            ties.Follow($"{name}.relative_position_bias_table", 1, heads, reads: false);
        return new ChannelValue(shapes.Attention(query.Shape, key.Shape, value.Shape, name, options), value.Channels);
    }

    /// <inheritdoc/>
    public ChannelValue CosineAttention(ChannelValue query, ChannelValue key, ChannelValue value, string name, CosineAttentionOptions options)
    {
        var heads = TieHeads(query, key, value, name, options.Heads);
        ties.Follow($"{name}.logit_scale", 0, heads, reads: false);
        ties.Follow($"{name}.position_weight2", 0, heads, reads: false);
        return new ChannelValue(shapes.CosineAttention(query.Shape, key.Shape, value.Shape, name, options), value.Channels);
    }

    /// <inheritdoc/>
    public ChannelValue LinearAttention(ChannelValue query, ChannelValue key, ChannelValue value, string name, int heads, double epsilon = 1e-5)
    {
        TieHeads(query, key, value, name, heads);
        return new ChannelValue(shapes.LinearAttention(query.Shape, key.Shape, value.Shape, name, heads, epsilon), value.Channels);
    }

    /// <inheritdoc/>
    public ChannelValue SeparableAttention(ChannelValue query, ChannelValue key, ChannelValue value, string name, int patch)
    {
        ties.Tie(key.Channels, value.Channels);
        return new ChannelValue(shapes.SeparableAttention(query.Shape, key.Shape, value.Shape, name, patch), value.Channels);
    }

    /// <inheritdoc/>
    public ChannelValue SizedAttention(ChannelValue query, ChannelValue key, ChannelValue value, ChannelValue sizes, string name, AttentionOptions options) =>
        Attention(query, key, value, name, options);

    // a head of zeros turns no mean of keys
    /// <inheritdoc/>
    public ChannelValue MatchTokens(ChannelValue key, string name, TokenMatching matching) => new(shapes.MatchTokens(key.Shape, name, matching), []);

    /// <inheritdoc/>
    public ChannelValue CountTokens(ChannelValue matching, string name) => new(shapes.CountTokens(matching.Shape, name), []);

    /// <inheritdoc/>
    public ChannelValue SumTokens(ChannelValue matching, ChannelValue tokens, string name) => new(shapes.SumTokens(matching.Shape, tokens.Shape, name), tokens.Channels);

    /// <inheritdoc/>
    public ChannelValue MergeTokens(ChannelValue tokens, ChannelValue matching, ChannelValue? sizes, ChannelValue merged, string name) =>
        new(shapes.MergeTokens(tokens.Shape, matching.Shape, sizes?.Shape, merged.Shape, name), tokens.Channels);

    /// <inheritdoc/>
    public ChannelValue SpreadTokens(ChannelValue tokens, ChannelValue matching, string name) => new(shapes.SpreadTokens(tokens.Shape, matching.Shape, name), tokens.Channels);

    // gives for each head one channel that stands for it
    private int[] TieHeads(ChannelValue query, ChannelValue key, ChannelValue value, string name, int count)
    {
        for (var head = 0; head < count; head++)
            ties.TieAll([.. Share(query.Channels, head, count), .. Share(key.Channels, head, count), .. Share(value.Channels, head, count)]);
        ties.MakeHeads(name, [.. query.Channels, .. key.Channels, .. value.Channels]);
        return [.. Enumerable.Range(0, count).Select(head => Share(query.Channels, head, count)[0])];
    }
}
