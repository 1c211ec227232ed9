using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>MobileViT v1 and v2 in their original repository, ml-cvnets.</summary>
public sealed record CvNetsMobileVitNaming : Naming
{
    private const string Root = @"(?:encoder\.)?";
    private const string Stage = Root + @"layer_(\d+)\.(\d+)\.";
    private const string Layer = Stage + @"global_rep\.(\d+)\.";
    private const string Norm = @"block\.(conv|norm)";

    /// <summary>Its pictures are read by OpenCV: blue comes first.</summary>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) => MobileVitFeeding.Of(base.PreprocessOf(architecture, preset)) with { ChannelOrder = ChannelOrder.Bgr };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(Root + @"conv_1\." + Norm, match => $"backbone.stem.{Part(match, 1)}"),
        NameRule.Layer(Stage + @"block\.(exp_1x1|conv_3x3|red_1x1)\." + Norm, match => $"backbone.stages.{Index(match)}.convs.{match.Groups[2].Value}.{Convolution(match, 3)}.{Part(match, 4)}"),
        NameRule.Layer(Stage + @"local_rep\.(?:conv_3x3|0)\." + Norm, match => $"{Ours(match)}.local.{Part(match, 3)}"),
        NameRule.Layer(Stage + @"local_rep\.(?:conv_1x1|1)\.block\.conv", match => $"{Ours(match)}.enter"),
        NameRule.Layer(Layer + @"pre_norm_(?:mha|attn)\.0", match => $"{Block(match)}.norm1"),
        NameRule.Qkv(Layer + @"pre_norm_mha\.1\.qkv_proj", match => $"{Block(match)}.attn.*"),
        NameRule.Layer(Layer + @"pre_norm_mha\.1\.out_proj", match => $"{Block(match)}.attn.proj"),
        NameRule.SeparableQkv(Layer + @"pre_norm_attn\.1\.qkv_proj\.block\.conv", match => $"{Block(match)}.attn.*"),
        NameRule.Layer(Layer + @"pre_norm_attn\.1\.out_proj\.block\.conv", match => $"{Block(match)}.attn.proj"),
        NameRule.Layer(Layer + @"pre_norm_ffn\.0", match => $"{Block(match)}.norm2"),
        NameRule.Layer(Layer + @"pre_norm_ffn\.1(?:\.block\.conv)?", match => $"{Block(match)}.mlp.fc1"),
        NameRule.Layer(Layer + @"pre_norm_ffn\.(?:3\.block\.conv|4)", match => $"{Block(match)}.mlp.fc2"),
        NameRule.Layer(Stage + @"global_rep\.\d+", match => $"{Ours(match)}.norm"),
        NameRule.Layer(Stage + @"conv_proj\." + Norm, match => $"{Ours(match)}.leave.{Part(match, 3)}"),
        NameRule.Layer(Stage + @"fusion\." + Norm, match => $"{Ours(match)}.fusion.{Part(match, 3)}"),
        NameRule.Layer(Root + @"conv_1x1_exp\." + Norm, match => $"backbone.final.{Part(match, 1)}"),
        NameRule.Layer(Root + @"classifier\.(?:fc|1)", _ => "head.fc"),
    ];

    // their first stage is layer_1
    private static int Index(Match match) => int.Parse(match.Groups[1].Value) - 1;

    private static string Ours(Match match) => $"backbone.stages.{Index(match)}.transformer";

    private static string Block(Match match) => $"{Ours(match)}.blocks.{match.Groups[3].Value}";

    private static string Part(Match match, int group) => match.Groups[group].Value == "conv" ? "conv" : "bn";

    private static string Convolution(Match match, int group) => match.Groups[group].Value switch
    {
        "exp_1x1" => "expand",
        "conv_3x3" => "depthwise",
        _ => "project",
    };
}
