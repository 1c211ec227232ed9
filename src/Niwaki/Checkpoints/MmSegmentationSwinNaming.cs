using System.Text.Json;

namespace Niwaki;

/// <summary>mmsegmentation's Swin with UPerNet; its patch merging has the columns of <c>nn.Unfold</c>.</summary>
public sealed record MmSegmentationSwinNaming : Naming
{
    private const string Block = @"(?:backbone\.)?stages\.(\d+)\.blocks\.(\d+)\.";

    /// <inheritdoc/>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Backbone is SwinBackbone swin ? architecture with { Backbone = swin with { Windowing = SwinWindowing.Full } } : architecture;

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(@"(?:backbone\.)?patch_embed\.projection", "backbone.patch_embed.proj"),
        NameRule.Layer(@"(?:backbone\.)?patch_embed\.norm", "backbone.patch_embed.norm"),
        NameRule.Tensor(Block + @"attn\.w_msa\.relative_position_bias_table", "backbone.stages.$1.blocks.$2.attn.relative_position_bias_table"),
        NameRule.Qkv(Block + @"attn\.w_msa\.qkv", "backbone.stages.$1.blocks.$2.attn.*"),
        NameRule.Layer(Block + @"attn\.w_msa\.proj", "backbone.stages.$1.blocks.$2.attn.proj"),
        NameRule.Layer(Block + "(norm1|norm2)", "backbone.stages.$1.blocks.$2.$3"),
        NameRule.Layer(Block + @"ffn\.layers\.0\.0", "backbone.stages.$1.blocks.$2.mlp.fc1"),
        NameRule.Layer(Block + @"ffn\.layers\.1", "backbone.stages.$1.blocks.$2.mlp.fc2"),
        NameRule.Unfolded(@"(?:backbone\.)?stages\.(\d+)\.downsample\.(norm|reduction)", match => $"backbone.stages.{int.Parse(match.Groups[1].Value) + 1}.downsample.{match.Groups[2].Value}"),
        NameRule.Layer(@"(?:backbone\.)?norm(\d+)", "backbone.norms.$1"),
        .. UperNetNames.MmSegmentation,
    ];
}
