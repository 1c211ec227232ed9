namespace Niwaki;

/// <content>Merging of tokens, whose products with zeros and ones are products like others.</content>
public sealed partial class CostOps
{
    /// <inheritdoc/>
    public override Shape SizedAttention(Shape query, Shape key, Shape value, Shape sizes, string name, AttentionOptions options) =>
        Attended(query.With(^1, value[^1]), query, key, value, name, options.Heads, 2, sizes);

    /// <inheritdoc/>
    public override Shape MatchTokens(Shape key, string name, TokenMatching matching)
    {
        // the likenesses; sums by a constant matrix are not counted, as in pooling
        var output = base.MatchTokens(key, name, matching);
        long tokens = key[1], width = key[2] / matching.Heads, sources = TokenMatching.Sources(key[1]), targets = TokenMatching.Targets(key[1]);
        var likenesses = Math.Max(3 * tokens * (width + 1), (2 * tokens * width) + (2 * sources * targets));
        var ranks = (3 * sources * sources) + (8 * (tokens + sources));
        return Write(
            output,
            [key],
            name,
            macs: key[0] * sources * targets * width,
            scratch: key[0] * (likenesses + ranks + output[1] * tokens) * FloatBytes);
    }

    /// <inheritdoc/>
    public override Shape CountTokens(Shape matching, string name) => Write(base.CountTokens(matching, name), [matching], name);

    /// <inheritdoc/>
    public override Shape SumTokens(Shape matching, Shape tokens, string name) =>
        Write(base.SumTokens(matching, tokens, name), [matching, tokens], name, macs: matching.Elements * tokens[2]);

    /// <inheritdoc/>
    public override Shape MergeTokens(Shape tokens, Shape matching, Shape? sizes, Shape merged, string name)
    {
        var output = base.MergeTokens(tokens, matching, sizes, merged, name);
        Shape[] inputs = sizes is null ? [tokens, matching, merged] : [tokens, matching, sizes, merged];
        return Write(output, inputs, name, macs: matching.Elements * tokens[2], scratch: (output.Elements + (sizes is null ? 0 : tokens.Elements)) * FloatBytes);
    }

    /// <inheritdoc/>
    public override Shape SpreadTokens(Shape tokens, Shape matching, string name) =>
        Write(base.SpreadTokens(tokens, matching, name), [tokens, matching], name, macs: matching.Elements * tokens[2], scratch: matching.Elements * FloatBytes);
}
