using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Niwaki.Torch;

// attention, and the norm that goes with the separable one
internal sealed partial class TorchOps
{
    public Tensor GroupNorm(Tensor image, string name, int groups = 1, double epsilon = 1e-5) =>
        functional.group_norm(image, groups, network[$"{name}.weight"], network[$"{name}.bias"], epsilon);

    public Tensor Attention(Tensor query, Tensor key, Tensor value, string name, AttentionOptions attention)
    {
        var (q, k, v) = (Heads(query, attention.Heads), Heads(key, attention.Heads), Heads(value, attention.Heads)); // [B, h, N, d], [B, h, M, d], [B, h, M, e]
        return Gate(name, Joined(attention.Windows is { } layout
            ? AddBias((q * attention.Scale).matmul(k.transpose(2, 3)), Biases(name, attention), layout, attention.Mirrored).softmax(-1).matmul(v)
            : functional.scaled_dot_product_attention(Scaled(q, attention.Scale), k, v)));
    }

    public Tensor CosineAttention(Tensor query, Tensor key, Tensor value, string name, CosineAttentionOptions attention)
    {
        var scale = network[$"{name}.logit_scale"].clamp_max(Math.Log(CosineAttentionOptions.MaxScale)).exp();
        var q = functional.normalize(Heads(query, attention.Heads), dim: -1) * scale.to(query.dtype); // [B, h, N, d]
        var k = functional.normalize(Heads(key, attention.Heads), dim: -1);
        var hidden = functional.linear(network.WindowCoordinates(attention.Windows, attention.PretrainedWindow), network[$"{name}.position_weight1"], network[$"{name}.position_bias1"]);
        var table = functional.linear(hidden.relu(), network[$"{name}.position_weight2"]).sigmoid() * CosineAttentionOptions.MaxBias; // [distances, h]
        return Gate(name, Joined(AddBias(q.matmul(k.transpose(2, 3)), table, attention.Windows).softmax(-1).matmul(Heads(value, attention.Heads))));
    }

    public Tensor LinearAttention(Tensor query, Tensor key, Tensor value, string name, int heads, double epsilon = 1e-5)
    {
        var (q, k, v) = (Split(query), Split(key), Split(value));                       // [B, h, d, N], the same, [B, h, e, N]
        var mixed = v.matmul(k.transpose(2, 3)).matmul(q);                              // [B, h, e, N]
        var total = k.sum(3, keepdim: true).transpose(2, 3).matmul(q) + epsilon;        // [B, h, 1, N]
        return Gate(name, (mixed / total).reshape(value.shape));

        Tensor Split(Tensor image) => image.to(float32).reshape(image.shape[0], heads, -1, image.shape[2] * image.shape[3]);
    }

    public Tensor SeparableAttention(Tensor query, Tensor key, Tensor value, string name, int patch)
    {
        long high = value.shape[2] / patch, wide = value.shape[3] / patch;
        var shares = query.reshape(-1, high, patch, wide, patch)
            .permute(0, 2, 4, 1, 3)                                                     // [B, p, p, H/p, W/p]
            .reshape(-1, patch, patch, high * wide)
            .softmax(-1)
            .reshape(-1, patch, patch, high, wide)
            .permute(0, 3, 1, 4, 2)
            .unsqueeze(1);                                                              // [B, 1, H/p, p, W/p, p]
        var context = (InPatches(key) * shares).sum([2, 4], keepdim: true);             // [B, C, 1, p, 1, p]
        return Gate(name, (InPatches(value).relu() * context).reshape(value.shape));

        Tensor InPatches(Tensor image) => image.reshape(image.shape[0], image.shape[1], high, patch, wide, patch);
    }

    // the fused kernel divides by the root of the heads' width, which is not the scale of a network whose heads were cut
    private static Tensor Scaled(Tensor query, double scale)
    {
        var factor = scale * Math.Sqrt(query.shape[^1]);
        return Math.Abs(factor - 1) < 1e-9 ? query : query * factor;
    }

    // [B, h, N, e] to [B, N, h * e]
    private static Tensor Joined(Tensor heads) => heads.transpose(1, 2).reshape(heads.shape[0], heads.shape[2], heads.shape[1] * heads.shape[3]);

    private Tensor Biases(string name, AttentionOptions attention) =>
        attention.Mirrored ? network[$"{name}.attention_biases"].t() : network[$"{name}.relative_position_bias_table"];

    // table: [distances, h]
    private Tensor AddBias(Tensor logits, Tensor table, WindowLayout layout, bool mirrored = false)
    {
        var (index, mask) = network.WindowConstants(layout, mirrored);
        var bias = table.index_select(0, index).reshape(layout.Area, layout.Area, -1).permute(2, 0, 1).unsqueeze(0); // [1, h, area, area]
        if (mask is null)
            return logits + bias.to(logits.dtype);
        var shape = logits.shape;
        return (logits.reshape(-1, layout.Count, shape[1], shape[2], shape[3]) + (bias + mask).to(logits.dtype)).reshape(shape);
    }

    private static Tensor Heads(Tensor tokens, int heads) => tokens.reshape(tokens.shape[0], tokens.shape[1], heads, -1).transpose(1, 2);
}
