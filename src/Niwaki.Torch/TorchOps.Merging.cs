using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Niwaki.Torch;

// merging of tokens: matched without gradients; the products with what was matched pass them on
internal sealed partial class TorchOps
{
    public Tensor SizedAttention(Tensor query, Tensor key, Tensor value, Tensor sizes, string name, AttentionOptions attention)
    {
        var (q, k, v) = (Heads(query, attention.Heads), Heads(key, attention.Heads), Heads(value, attention.Heads)); // [B, h, N, d], [B, h, M, d], [B, h, M, e]
        var counts = sizes.log().transpose(1, 2).unsqueeze(1);                          // [B, 1, 1, M]
        return Gate(name, Joined(((q * attention.Scale).matmul(k.transpose(2, 3)) + counts.to(q.dtype)).softmax(-1).matmul(v)));
    }

    public Tensor MatchTokens(Tensor key, string name, TokenMatching matching)
    {
        using var noGradients = no_grad();
        var tokens = (int)key.shape[1];
        var (sources, targets) = (TokenMatching.Sources(tokens), TokenMatching.Targets(tokens));
        var metric = functional.normalize(key.detach().to(float32).reshape(key.shape[0], tokens, matching.Heads, -1).mean([2]), dim: -1); // [B, N, d]
        var likeness = metric.slice(1, 0, tokens, 2).matmul(metric.slice(1, 1, tokens, 2).transpose(1, 2)); // [B, sources, targets]
        if (matching.ClassToken)
            likeness.select(1, 0).fill_(double.NegativeInfinity);
        if (matching.DistillationToken)
            likeness.select(2, 0).fill_(double.NegativeInfinity);
        var (best, nearest) = likeness.max(-1);                                         // [B, sources]
        var (others, own) = (best.unsqueeze(1), best.unsqueeze(2));
        var earlier = ones(sources, sources, dtype: @bool, device: key.device).tril(-1);
        var rank = ((others > own) | ((others == own) & earlier)).sum(-1);              // [B, sources]: a permutation, also where some are equal
        var kept = rank >= matching.Count;
        var place = matching.ClassToken ? kept.to(int64).cumsum(-1) - 1 : rank - matching.Count;
        if (matching.DistillationToken)
            place += (place > 0).to(int64);
        var rows = tensor([.. Enumerable.Range(0, targets).Select(target => (long)matching.RowOfTarget(tokens, target))], device: key.device);
        var sourceRows = where(kept, place, rows.index_select(0, nearest.flatten()).reshape(nearest.shape));
        var order = tensor([.. Enumerable.Range(0, tokens).Select(n => (long)((n / 2) + (n % 2 * sources)))], device: key.device); // sources and targets by turns
        var row = cat([sourceRows, rows.expand(key.shape[0], targets)], 1).index_select(1, order).unsqueeze(1); // [B, 1, N]
        return (row == arange(tokens - matching.Count, dtype: int64, device: key.device).reshape(1, -1, 1)).to(float32);
    }

    public Tensor CountTokens(Tensor matching, string name) => matching.sum(-1, keepdim: true);

    public Tensor SumTokens(Tensor matching, Tensor tokens, string name) => matching.to(tokens.dtype).matmul(tokens);

    public Tensor MergeTokens(Tensor tokens, Tensor matching, Tensor? sizes, Tensor merged, string name) =>
        (matching.to(tokens.dtype).matmul(sizes is null ? tokens : tokens * sizes.to(tokens.dtype)) / merged).to(tokens.dtype);

    public Tensor SpreadTokens(Tensor tokens, Tensor matching, string name) => matching.to(tokens.dtype).transpose(1, 2).matmul(tokens);
}
