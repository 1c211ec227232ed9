using System.Text.Json;

namespace Niwaki.Parity.Tests;

/// <content>Mix Transformers, EfficientViT and TinyViT.</content>
internal static partial class GoldenArchitectures
{
    private static Architecture HuggingFaceSegformer(JsonElement arch)
    {
        var (reductions, patches, strides, ratios) = (Numbers(arch, "sr_ratios"), Numbers(arch, "patch_sizes"), Numbers(arch, "strides"), arch.GetProperty("mlp_ratios"));
        var backbone = Mit(Numbers(arch, "hidden_sizes"), Numbers(arch, "depths"), Numbers(arch, "num_attention_heads"), i => ratios[i].GetDouble(), reductions, patches, strides);
        return new Architecture(backbone, new SegformerHead(arch.GetProperty("decoder_hidden_size").GetInt32()), arch.GetProperty("num_labels").GetInt32());
    }

    private static Architecture MmSegmentationSegformer(JsonElement arch)
    {
        var body = arch.GetProperty("backbone");
        var heads = Numbers(body, "num_heads");
        int[] widths = [.. heads.Select(each => each * body.GetProperty("embed_dims").GetInt32())];
        int[] strides = body.TryGetProperty("strides", out _) ? Numbers(body, "strides") : [.. widths.Select((_, i) => i == 0 ? 4 : 2)];
        var backbone = Mit(widths, Numbers(body, "num_layers"), heads, _ => body.GetProperty("mlp_ratio").GetDouble(), Numbers(body, "sr_ratios"), Numbers(body, "patch_sizes"), strides);
        var head = new SegformerHead(arch.GetProperty("decode_head").GetProperty("channels").GetInt32()) { Form = SegformerForm.MmSegmentation };
        return new Architecture(backbone with { Epsilon = 1e-6, EmbeddingEpsilon = 1e-6, QkvBias = Flag(body, "qkv_bias", true) }, head, arch.GetProperty("num_classes").GetInt32());
    }

    private static MitBackbone Mit(int[] widths, int[] depths, int[] heads, Func<int, double> ratio, int[] reductions, int[] patches, int[] strides) =>
        new([.. widths.Select((width, i) => new MitStage(width, TransformerBlock.Uniform(width, depths[i], heads[i], ratio(i)))
        {
            Patch = patches[i],
            Stride = strides[i],
            Reduction = reductions[i],
        })]);

    private static EfficientVitBackbone EfficientVit(JsonElement arch)
    {
        var head = Numbers(arch, "head_widths");
        return EfficientVitBackbone.Published(Numbers(arch, "widths"), Numbers(arch, "depths"), arch.GetProperty("head_dim").GetInt32(), head[0], head[1]);
    }

    private static TinyVitBackbone TinyVit(JsonElement arch) => TinyVitBackbone.Published(
        Numbers(arch, "embed_dims"), Numbers(arch, "depths"), Numbers(arch, "num_heads"), Numbers(arch, "window_sizes"), arch.GetProperty("mlp_ratio").GetDouble());
}
