using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>TinyViT in its original repository: the convolutions that halve the resolution close a layer.</summary>
public sealed record MicrosoftTinyVitNaming : Naming
{
    private const string Block = @"layers\.(\d+)\.blocks\.(\d+)\.";
    private const string Ours = "backbone.stages.$1.blocks.$2.";

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) => TinyVitFeeding.Of(base.PreprocessOf(architecture, preset), architecture, preset);

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Skip(@".*\.attention_bias_idxs"),
        NameRule.Layer(@"patch_embed\.seq\.0\.(c|bn)", match => $"backbone.stem.0.{Part(match, 1)}"),
        NameRule.Layer(@"patch_embed\.seq\.2\.(c|bn)", match => $"backbone.stem.1.{Part(match, 1)}"),
        NameRule.Layer(Block + @"conv(1|2|3)\.(c|bn)", match => $"backbone.stages.{match.Groups[1].Value}.convs.{match.Groups[2].Value}.{Step(match, 3)}.{Part(match, 4)}"),
        NameRule.Layer(@"layers\.(\d+)\.downsample\.conv(1|2|3)\.(c|bn)", match => $"backbone.stages.{int.Parse(match.Groups[1].Value) + 1}.downsample.{Step(match, 2)}.{Part(match, 3)}"),
        NameRule.Tensor(Block + @"attn\.attention_biases", Ours + "attn.attention_biases"),
        NameRule.Layer(Block + @"attn\.norm", Ours + "norm1"),
        NameRule.QkvPerHead(Block + @"attn\.qkv", Ours + "attn.*"),
        NameRule.Layer(Block + @"mlp\.norm", Ours + "norm2"),
        NameRule.Layer(Block + @"(attn\.proj|mlp\.fc1|mlp\.fc2)", Ours + "$3"),
        NameRule.Layer(Block + @"local_conv\.(c|bn)", match => $"{match.Result(Ours)}spatial.{Part(match, 3)}"),
        NameRule.Layer("norm_head", "backbone.norm"),
        NameRule.Layer("head", "head.fc"),
    ];

    private static string Part(Match match, int group) => match.Groups[group].Value == "c" ? "conv" : "bn";

    private static string Step(Match match, int group) => match.Groups[group].Value switch { "1" => "expand", "2" => "depthwise", _ => "project" };
}
