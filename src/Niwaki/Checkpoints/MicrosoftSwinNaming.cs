using System.Text.Json;

namespace Niwaki;

/// <summary>The original Swin v1 and v2 checkpoints, also those for detection and segmentation: the patch merging closes a layer.</summary>
public sealed record MicrosoftSwinNaming : Naming
{
    private const string Block = @"(?:backbone\.)?layers\.(\d+)\.blocks\.(\d+)\.";

    /// <inheritdoc/>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Windowed(architecture.Head.ReadsVectors ? SwinWindowing.Original : SwinWindowing.Full);

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) =>
        base.PreprocessOf(architecture, preset).Fed(architecture, preset) with { Interpolation = architecture.Head.ReadsVectors ? Interpolation.Bicubic : Interpolation.Bilinear };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(@"(?:backbone\.)?(patch_embed\.(?:proj|norm)|norm)", "backbone.$1"),
        NameRule.Tensor(Block + @"attn\.relative_position_bias_table", "backbone.stages.$1.blocks.$2.attn.relative_position_bias_table"),
        NameRule.Qkv(Block + @"attn\.qkv", "backbone.stages.$1.blocks.$2.attn.*"),
        NameRule.Layer(Block + @"(norm1|norm2|attn\.proj|mlp\.fc1|mlp\.fc2)", "backbone.stages.$1.blocks.$2.$3"),
        NameRule.Layer(@"(?:backbone\.)?layers\.(\d+)\.downsample\.(norm|reduction)", match => $"backbone.stages.{int.Parse(match.Groups[1].Value) + 1}.downsample.{match.Groups[2].Value}"),
        NameRule.Layer(@"backbone\.norm(\d+)", "backbone.norms.$1"),
        NameRule.Layer("head", "head.fc"),
        .. CosineAttentionNames.Of(Block + @"attn\.", match => match.Result("backbone.stages.$1.blocks.$2.attn")),
        .. UperNetNames.MmSegmentation,
    ];
}
