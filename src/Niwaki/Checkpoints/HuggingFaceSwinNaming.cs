using System.Text.Json;

namespace Niwaki;

/// <summary>Hugging Face transformers' Swin v1 and v2: classification, backbone, and UPerNet around it.</summary>
public sealed record HuggingFaceSwinNaming : Naming
{
    private const string Root = @"(?:(?:swin(?:v2)?|backbone)\.)?";
    private const string Block = Root + @"encoder\.layers\.(\d+)\.blocks\.(\d+)\.";

    /// <inheritdoc/>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Windowed(architecture.Head.ReadsVectors ? SwinWindowing.Original : SwinWindowing.Full);

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) =>
        base.PreprocessOf(architecture, preset).Fed(architecture, preset) with { Interpolation = architecture.Head.ReadsVectors ? Interpolation.Bicubic : Interpolation.Bilinear };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(Root + @"embeddings\.patch_embeddings\.projection", "backbone.patch_embed.proj"),
        NameRule.Layer(Root + @"embeddings\.norm", "backbone.patch_embed.norm"),
        NameRule.Tensor(Block + @"attention\.self\.relative_position_bias_table", "backbone.stages.$1.blocks.$2.attn.relative_position_bias_table"),
        NameRule.Layer(Block + @"attention\.self\.(q|k|v)(?:uery|ey|alue)", "backbone.stages.$1.blocks.$2.attn.$3"),
        NameRule.Layer(Block + @"attention\.output\.dense", "backbone.stages.$1.blocks.$2.attn.proj"),
        NameRule.Layer(Block + "layernorm_before", "backbone.stages.$1.blocks.$2.norm1"),
        NameRule.Layer(Block + "layernorm_after", "backbone.stages.$1.blocks.$2.norm2"),
        NameRule.Layer(Block + @"intermediate\.dense", "backbone.stages.$1.blocks.$2.mlp.fc1"),
        NameRule.Layer(Block + @"output\.dense", "backbone.stages.$1.blocks.$2.mlp.fc2"),
        NameRule.Layer(Root + @"encoder\.layers\.(\d+)\.downsample\.(norm|reduction)", match => $"backbone.stages.{int.Parse(match.Groups[1].Value) + 1}.downsample.{match.Groups[2].Value}"),
        NameRule.Layer(Root + @"hidden_states_norms\.stage(\d+)", match => $"backbone.norms.{int.Parse(match.Groups[1].Value) - 1}"),
        NameRule.Layer(Root + "layernorm", "backbone.norm"),
        NameRule.Layer("classifier", "head.fc"),
        .. CosineAttentionNames.Of(Block + @"attention\.self\.", match => match.Result("backbone.stages.$1.blocks.$2.attn")),
        .. UperNetNames.HuggingFace,
    ];
}
