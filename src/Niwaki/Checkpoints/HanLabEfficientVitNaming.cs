using System.Text.Json;
using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>EfficientViT in its original repository, mit-han-lab/efficientvit: classifiers, and the backbone of its segmenters.</summary>
public sealed record HanLabEfficientVitNaming : Naming
{
    private const double OriginalEpsilon = 1e-15;
    private const string Block = @"(?:backbone\.)?stages\.(\d+)\.op_list\.(\d+)\.";
    private const string Part = @"(inverted|depth|point)_conv\.(conv|norm)";
    private const string Context = Block + @"context_module\.main\.";

    /// <summary>The original adds next to nothing to the sum of the keys.</summary>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Backbone is EfficientVitBackbone backbone ? architecture with { Backbone = backbone with { AttentionEpsilon = OriginalEpsilon } } : architecture;

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) =>
        base.PreprocessOf(architecture, preset) with { Interpolation = Interpolation.Bicubic };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(@"(?:backbone\.)?input_stem\.op_list\.0\.(conv|norm)", match => $"backbone.stem.{Kind(match, 1)}"),
        NameRule.Layer(@"(?:backbone\.)?input_stem\.op_list\.(\d+)\.main\.(depth|point)_conv\.(conv|norm)", match => $"backbone.stem_blocks.{int.Parse(match.Groups[1].Value) - 1}.{(match.Groups[2].Value == "depth" ? "spatial" : "point")}.{Kind(match, 3)}"),
        NameRule.Layer(@"(?:backbone\.)?stages\.(\d+)\.op_list\.(0)\.main\." + Part, match => $"backbone.stages.{match.Groups[1].Value}.entry.{Step(match)}"),
        NameRule.Layer(Block + @"(?:local_module\.)?main\." + Part, match => $"{Ours(match)}.local.{Step(match)}"),
        NameRule.QkvPerHead(Context + @"qkv\.conv", match => $"{Ours(match)}.attn.*"),
        NameRule.QkvPerHead(Context + @"aggreg\.(\d+)\.0", match => $"{Ours(match)}.attn.scale_{match.Groups[3].Value}.*.depthwise"),
        NameRule.QkvPerHead(Context + @"aggreg\.(\d+)\.1", match => $"{Ours(match)}.attn.scale_{match.Groups[3].Value}.*.mix"),
        NameRule.Layer(Context + @"proj\.(conv|norm)", match => $"{Ours(match)}.attn.proj.{Kind(match, 3)}"),
        NameRule.Layer(@"head\.op_list\.0\.(conv|norm)", match => $"backbone.final.{Kind(match, 1)}"),
        NameRule.Layer(@"head\.op_list\.2\.linear", _ => "backbone.hidden"),
        NameRule.Layer(@"head\.op_list\.2\.norm", _ => "backbone.hidden_norm"),
        NameRule.Layer(@"head\.op_list\.3\.linear", _ => "head.fc"),
    ];

    private static string Ours(Match match) => $"backbone.stages.{match.Groups[1].Value}.blocks.{int.Parse(match.Groups[2].Value) - 1}";

    private static string Step(Match match) => $"{match.Groups[3].Value switch { "inverted" => "expand", "depth" => "depthwise", _ => "project" }}.{Kind(match, 4)}";

    private static string Kind(Match match, int group) => match.Groups[group].Value == "norm" ? "bn" : "conv";
}
