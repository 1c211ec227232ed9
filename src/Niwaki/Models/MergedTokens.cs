namespace Niwaki;

/// <summary>What a forward knows of the tokens that it merged so far.</summary>
/// <param name="prefix">Class and distillation token.</param>
/// <param name="proportional">Whether attention counts a token as often as there are tokens in it.</param>
/// <param name="spreads">Whether the tokens go back to their places at the end.</param>
internal sealed class MergedTokens<T>(int prefix, bool proportional, bool spreads)
{
    private T? sources;

    /// <summary>Whether there were any.</summary>
    public bool Any { get; private set; }

    /// <summary>How many tokens are in each, <c>[B, N, 1]</c>; none before the first merging.</summary>
    public T? Sizes { get; private set; }

    public T Attention(IOps<T> op, T query, T key, T value, string name, AttentionOptions options) =>
        Any && proportional ? op.SizedAttention(query, key, value, Sizes!, name, options) : op.Attention(query, key, value, name, options);

    /// <summary>[B, N, C] to [B, N - count, C], or fewer taken where there are not so many.</summary>
    public T Merge(IOps<T> op, T x, T key, string name, int heads, int count)
    {
        var tokens = op.ShapeOf(x)[1];
        count = Math.Min(count, TokenMatching.Most(tokens, prefix));
        if (count < 1)
            return x;
        name = $"{name}.merge";
        var matching = op.MatchTokens(key, $"{name}.matching", new TokenMatching(heads, count) { ClassToken = prefix > 0, DistillationToken = prefix > 1 });
        var sizes = Any ? op.SumTokens(matching, Sizes!, $"{name}.sizes") : op.CountTokens(matching, $"{name}.sizes");
        x = op.MergeTokens(x, matching, Sizes, sizes, name);
        if (spreads)
            sources = Any ? op.SumTokens(matching, sources!, $"{name}.sources") : matching;
        (Any, Sizes) = (true, Tap(op, sizes, $"{name}.sizes"));
        if (spreads)
            sources = Tap(op, sources!, $"{name}.sources");
        return x;
    }

    /// <summary>Every token that there was at the beginning gets what became of it.</summary>
    public T Spread(IOps<T> op, T x, string name) => Any ? op.SpreadTokens(x, sources!, name) : x;

    private static T Tap(IOps<T> op, T value, string name) => op.Tap(value, new FeatureTap(name, FeatureLayout.Merged, 1, op.ShapeOf(value)[1]) { Kind = FeatureKind.Other });
}
