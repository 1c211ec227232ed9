using System.Text.Json;

namespace Niwaki;

/// <summary>Hugging Face transformers' ViT and DeiT.</summary>
public sealed record HuggingFaceVitNaming : Naming
{
    private const string Root = @"(?:(?:vit|deit)\.)?";
    private const string Layer = Root + @"encoder\.layer\.(\d+)\.";

    /// <inheritdoc/>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Backbone is VitBackbone vit ? architecture with { Backbone = vit with { Epsilon = Epsilon(config) } } : architecture;

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) => base.PreprocessOf(architecture, preset) with { Mean = [0.5f, 0.5f, 0.5f], Std = [0.5f, 0.5f, 0.5f] };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Skip(Root + @"(?:pooler\..*|embeddings\.mask_token)"),
        NameRule.Tensor(Root + @"embeddings\.cls_token", "backbone.cls_token"),
        NameRule.Tensor(Root + @"embeddings\.distillation_token", "backbone.dist_token"),
        NameRule.Tensor(Root + @"embeddings\.position_embeddings", "backbone.pos_embed"),
        NameRule.Layer(Root + @"embeddings\.patch_embeddings\.projection", "backbone.patch_embed.proj"),
        NameRule.Layer(Layer + @"attention\.attention\.(q|k|v)(?:uery|ey|alue)", "backbone.blocks.$1.attn.$2"),
        NameRule.Layer(Layer + @"attention\.output\.dense", "backbone.blocks.$1.attn.proj"),
        NameRule.Layer(Layer + "layernorm_before", "backbone.blocks.$1.norm1"),
        NameRule.Layer(Layer + "layernorm_after", "backbone.blocks.$1.norm2"),
        NameRule.Layer(Layer + @"intermediate\.dense", "backbone.blocks.$1.mlp.fc1"),
        NameRule.Layer(Layer + @"output\.dense", "backbone.blocks.$1.mlp.fc2"),
        NameRule.Layer(Root + "layernorm", "backbone.norm"),
        NameRule.Layer("(?:cls_)?classifier", "head.fc"),
        NameRule.Layer("distillation_classifier", "head.fc_dist"),
    ];

    private static double Epsilon(JsonElement? config) =>
        config is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("layer_norm_eps", out var epsilon) && epsilon.ValueKind == JsonValueKind.Number ? epsilon.GetDouble() : 1e-12;
}
