using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <summary>What the outputs of a family's golden cases are called here: the name of a tap, or <see cref="Logits"/>, ….</summary>
internal sealed class OutputNames(params (string Pattern, Func<Match, string> Ours)[] names)
{
    public const string Logits = "logits";
    public const string Auxiliary = "logits of the auxiliary head";
    public const string LogitsAtInput = "logits resized to the input";
    public const string Positions = "position embedding";
    public const string Dropped = "dropped";

    public string? Translate(string output)
    {
        foreach (var (pattern, ours) in names)
        {
            if (Regex.Match(output, $"^{pattern}$") is { Success: true } match)
                return ours(match);
        }

        return output == "logits" ? Logits : null;
    }

    public static OutputNames Of(string family, Architecture architecture) => family switch
    {
        "timm_vit" => new(
            ("tokens_after_pos_embed", _ => "backbone.pos_embed"),
            (@"block(\d+)", match => $"backbone.blocks.{Number(match)}"),
            ("forward_features", _ => "backbone.norm"),
            ("resized_pos_embed", _ => Positions)),
        "hf_vit" => new(
            (@"v4_43_scale_factor\..*", _ => Dropped),                                  // an older rule of resampling, no longer theirs
            ("hidden_state0", _ => "backbone.pos_embed"),
            (@"hidden_state(\d+)", match => $"backbone.blocks.{Number(match) - 1}"),
            ("final_norm", _ => "backbone.norm")),
        "tv_vit" => new(
            (@"encoder_layer_(\d+)", match => $"backbone.blocks.{Number(match)}"),
            ("encoder_ln", _ => "backbone.norm")),
        "timm_swin" or "timm_swinv2" => new(
            ("patch_embed", _ => "backbone.patch_embed"),
            (@"stage(\d+)\.block(\d+)", match => $"backbone.stages.{Number(match)}.blocks.{Number(match, 2)}"),
            (@"stage(\d+)\.downsample", match => $"backbone.stages.{Number(match)}.downsample"),
            ("final_norm", _ => "backbone.norm")),
        "timm_swin_features" => new((@"feature(\d+)", match => $"backbone.stages.{Number(match)}")),
        "ms_swin" or "ms_swinv2" => new(
            ("patch_embed", _ => "backbone.patch_embed"),
            (@"layer(\d+)_before_downsample", match => $"backbone.stages.{Number(match)}"),
            (@"layer(\d+)_out", match => AfterMerging(architecture, Number(match))),
            ("final_norm", _ => "backbone.norm")),
        "hf_swin" => new(
            ("hidden_state0", _ => "backbone.patch_embed"),
            (@"hidden_state(\d+)", match => AfterMerging(architecture, Number(match) - 1)),
            ("final_norm", _ => "backbone.norm")),
        "tv_swin" => new(
            (@"features\.0", _ => "backbone.patch_embed"),
            (@"features\.(\d+)", match => Number(match) % 2 == 1 ? $"backbone.stages.{Number(match) / 2}" : $"backbone.stages.{Number(match) / 2}.downsample"),
            (@"features\.(\d+)\.(\d+)", match => $"backbone.stages.{Number(match) / 2}.blocks.{Number(match, 2)}"),
            ("final_norm", _ => "backbone.norm")),
        "hf_upernet_swin" => new(
            (@"backbone_stage(\d+)", match => $"backbone.norms.{Number(match) - 1}"),
            ("decode_head_logits_stride4", _ => Logits),
            ("auxiliary_head_logits.*", _ => Auxiliary),
            ("logits", _ => LogitsAtInput)),
        "mm_upernet_swin" => new(
            (@"backbone_out(\d+)", match => $"backbone.norms.{Number(match)}"),
            ("decode_head_feats_before_conv_seg", _ => "head.fused"),
            ("decode_head_logits", _ => Logits),
            ("auxiliary_head_logits.*", _ => Auxiliary),
            ("logits_resized_to_input", _ => LogitsAtInput)),
        "timm_mobilevit" => new(
            (@"stage(\d+)", match => $"backbone.stages.{Number(match)}"),
            ("final_conv", _ => architecture.Backbone is MobileVitV2Backbone v2 ? $"backbone.stages.{v2.Stages.Count - 1}" : "backbone.final")),
        "hf_mobilevit_cls" or "hf_mobilevit_seg" => new((@"hidden_state(\d+)", match => $"backbone.stages.{Number(match)}")),
        "timm_resnet" or "tv_resnet" => new(
            ("stem_maxpool", _ => "backbone.stem"),
            (@"layer(\d+)", match => $"backbone.stages.{Number(match) - 1}")),
        "hf_segformer" or "nv_segformer" => new(
            (@"hidden_state(\d+)", match => $"backbone.stages.{Number(match)}"),
            ("logits_upsampled_to_input", _ => LogitsAtInput)),
        "mm_segformer" => new(
            (@"backbone_out(\d+)", match => $"backbone.stages.{Number(match)}"),
            ("decode_head_logits", _ => Logits),
            ("logits_resized_to_input", _ => LogitsAtInput)),
        "timm_efficientvit" or "timm_tinyvit" => new(
            ("stem|patch_embed", _ => "backbone.stem"),
            (@"stage(\d+)", match => $"backbone.stages.{Number(match)}")),
        _ => new(),
    };

    private static string AfterMerging(Architecture architecture, int stage) =>
        stage + 1 < ((architecture.Backbone as SwinBackbone)?.Stages.Count ?? ((SwinV2Backbone)architecture.Backbone).Stages.Count) ? $"backbone.stages.{stage + 1}.downsample" : $"backbone.stages.{stage}";

    private static int Number(Match match, int group = 1) => int.Parse(match.Groups[group].Value);
}
