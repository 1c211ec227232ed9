namespace Niwaki;

/// <content>Merging of tokens.</content>
public sealed partial class ReferenceOps
{
    /// <inheritdoc/>
    public ReferenceTensor SizedAttention(ReferenceTensor query, ReferenceTensor key, ReferenceTensor value, ReferenceTensor sizes, string name, AttentionOptions options) =>
        Attended(query, key, value, options.Heads, (b, _, _, k, dot) => (dot * options.Scale) + Math.Log(sizes[b, k, 0]));

    /// <inheritdoc/>
    public ReferenceTensor MatchTokens(ReferenceTensor key, string name, TokenMatching matching)
    {
        var (batch, tokens, width) = (key.Shape[0], key.Shape[1], key.Shape[2] / matching.Heads);
        var (sources, targets) = (TokenMatching.Sources(tokens), TokenMatching.Targets(tokens));
        var mean = Fill(new ReferenceTensor(new Shape(batch, tokens, width)), (b, n, d) => Enumerable.Range(0, matching.Heads).Average(head => key[b, n, (head * width) + d]));
        var metric = Directions(mean, 1);
        var result = new ReferenceTensor(new Shape(batch, tokens - matching.Count, tokens));
        for (var b = 0; b < batch; b++)
        {
            var nearest = new (double Likeness, int Target)[sources];
            for (var source = 0; source < sources; source++)
            {
                nearest[source] = (double.NegativeInfinity, 0);
                for (var target = matching.DistillationToken ? 1 : 0; target < targets && !(matching.ClassToken && source == 0); target++)
                {
                    var likeness = Enumerable.Range(0, width).Sum(d => metric[b, 2 * source, d] * metric[b, (2 * target) + 1, d]);
                    if (likeness > nearest[source].Likeness)
                        nearest[source] = (likeness, target);
                }
            }

            int[] ranked = [.. Enumerable.Range(0, sources).OrderByDescending(source => nearest[source].Likeness)];
            var kept = ranked.Skip(matching.Count);
            foreach (var (place, source) in (matching.ClassToken ? kept.Order() : kept).Index())
                result[b, matching.RowOfKept(place), 2 * source] = 1;
            foreach (var source in ranked.Take(matching.Count))
                result[b, matching.RowOfTarget(tokens, nearest[source].Target), 2 * source] = 1;
            for (var target = 0; target < targets; target++)
                result[b, matching.RowOfTarget(tokens, target), (2 * target) + 1] = 1;
        }

        return result;
    }

    /// <inheritdoc/>
    public ReferenceTensor CountTokens(ReferenceTensor matching, string name) =>
        Fill(new ReferenceTensor(matching.Shape.With(2, 1)), (b, m, _) => Enumerable.Range(0, matching.Shape[2]).Sum(n => matching[b, m, n]));

    /// <inheritdoc/>
    public ReferenceTensor SumTokens(ReferenceTensor matching, ReferenceTensor tokens, string name) =>
        Fill(new ReferenceTensor(matching.Shape.With(2, tokens.Shape[2])), (b, m, c) => Enumerable.Range(0, matching.Shape[2]).Sum(n => matching[b, m, n] * tokens[b, n, c]));

    /// <inheritdoc/>
    public ReferenceTensor MergeTokens(ReferenceTensor tokens, ReferenceTensor matching, ReferenceTensor? sizes, ReferenceTensor merged, string name) =>
        Fill(new ReferenceTensor(tokens.Shape.With(1, matching.Shape[1])), (b, m, c) =>
            Enumerable.Range(0, matching.Shape[2]).Sum(n => matching[b, m, n] * tokens[b, n, c] * (sizes is null ? 1 : sizes[b, n, 0])) / merged[b, m, 0]);

    /// <inheritdoc/>
    public ReferenceTensor SpreadTokens(ReferenceTensor tokens, ReferenceTensor matching, string name) =>
        Fill(new ReferenceTensor(tokens.Shape.With(1, matching.Shape[2])), (b, n, c) => Enumerable.Range(0, matching.Shape[1]).Sum(m => matching[b, m, n] * tokens[b, m, c]));
}
