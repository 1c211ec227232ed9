using System.Text.Json;

namespace Niwaki;

/// <summary>timm's Swin v1 and v2 (0.9 and later), classification and features: the patch merging opens a stage.</summary>
public sealed record TimmSwinNaming : Naming
{
    private const string Block = @"layers[._](\d+)\.blocks\.(\d+)\.";

    /// <inheritdoc/>
    protected override bool GeometricTables => true;

    /// <inheritdoc/>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Windowed(SwinWindowing.Timm);

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) => base.PreprocessOf(architecture, preset).Fed(architecture, preset) with { Interpolation = Interpolation.Bicubic };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(@"(patch_embed\.(?:proj|norm)|norm)", "backbone.$1"),
        NameRule.Tensor(Block + @"attn\.relative_position_bias_table", "backbone.stages.$1.blocks.$2.attn.relative_position_bias_table"),
        NameRule.Qkv(Block + @"attn\.qkv", "backbone.stages.$1.blocks.$2.attn.*"),
        NameRule.Layer(Block + @"(norm1|norm2|attn\.proj|mlp\.fc1|mlp\.fc2)", "backbone.stages.$1.blocks.$2.$3"),
        NameRule.Layer(@"layers[._](\d+)\.downsample\.(norm|reduction)", "backbone.stages.$1.downsample.$2"),
        NameRule.Layer(@"head\.fc", "head.fc"),
        .. CosineAttentionNames.Of(Block + @"attn\.", match => match.Result("backbone.stages.$1.blocks.$2.attn")),
    ];
}
