using System.Text.Json;

namespace Niwaki;

/// <summary>mmsegmentation's MixVisionTransformer, also bare, and its SegFormer head.</summary>
public sealed record MmSegmentationSegformerNaming : Naming
{
    private const string Stage = @"(?:backbone\.)?layers\.(\d+)\.";
    private const string Block = Stage + @"1\.(\d+)\.";
    private const string Ours = "backbone.stages.$1.blocks.$2.";

    /// <inheritdoc/>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Backbone is MitBackbone mit ? architecture with { Backbone = mit with { Epsilon = 1e-6, EmbeddingEpsilon = 1e-6 } } : architecture;

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(Stage + @"0\.projection", "backbone.stages.$1.patch_embed.proj"),
        NameRule.Layer(Stage + @"0\.norm", "backbone.stages.$1.patch_embed.norm"),
        NameRule.Layer(Block + "(norm1|norm2)", Ours + "$3"),
        NameRule.Qkv(Block + @"attn\.attn\.in_proj", Ours + "attn.*"),
        NameRule.Layer(Block + @"attn\.attn\.out_proj", Ours + "attn.proj"),
        NameRule.Layer(Block + @"attn\.(sr|norm)", Ours + "attn.$3"),
        NameRule.Layer(Block + @"ffn\.layers\.0", Ours + "mlp.fc1"),
        NameRule.Layer(Block + @"ffn\.layers\.1", Ours + "mlp.depthwise"),
        NameRule.Layer(Block + @"ffn\.layers\.4", Ours + "mlp.fc2"),
        NameRule.Layer(Stage + "2", "backbone.stages.$1.norm"),
        NameRule.Layer(@"decode_head\.convs\.(\d+)\.(conv|bn)", "head.levels.$1.$2"),
        NameRule.Layer(@"decode_head\.fusion_conv\.(conv|bn)", "head.fuse.$1"),
        NameRule.Layer(@"decode_head\.conv_seg", "head.classifier"),
    ];
}
