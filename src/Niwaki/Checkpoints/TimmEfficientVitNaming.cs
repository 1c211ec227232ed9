using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>timm's EfficientViT of MIT (<c>efficientvit_b0</c> to <c>b3</c>): the first block of a stage is the one that halves the resolution.</summary>
public sealed record TimmEfficientVitNaming : Naming
{
    private const string Block = @"stages\.(\d+)\.blocks\.(\d+)\.";
    private const string Part = @"(inverted|depth|point)_conv\.(conv|norm)";
    private const string Context = Block + @"context_module\.main\.";

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) =>
        base.PreprocessOf(architecture, preset) with { Interpolation = Interpolation.Bicubic };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(@"stem\.in_conv\.(conv|norm)", match => $"backbone.stem.{Kind(match, 1)}"),
        NameRule.Layer(@"stem\.res(\d+)\.main\.(depth|point)_conv\.(conv|norm)", match => $"backbone.stem_blocks.{match.Groups[1].Value}.{(match.Groups[2].Value == "depth" ? "spatial" : "point")}.{Kind(match, 3)}"),
        NameRule.Layer(@"stages\.(\d+)\.blocks\.(0)\.main\." + Part, match => $"backbone.stages.{match.Groups[1].Value}.entry.{Step(match)}"),
        NameRule.Layer(Block + @"(?:local_module\.)?main\." + Part, match => $"{Ours(match)}.local.{Step(match)}"),
        NameRule.QkvPerHead(Context + @"qkv\.conv", match => $"{Ours(match)}.attn.*"),
        NameRule.QkvPerHead(Context + @"aggreg\.(\d+)\.0", match => $"{Ours(match)}.attn.scale_{match.Groups[3].Value}.*.depthwise"),
        NameRule.QkvPerHead(Context + @"aggreg\.(\d+)\.1", match => $"{Ours(match)}.attn.scale_{match.Groups[3].Value}.*.mix"),
        NameRule.Layer(Context + @"proj\.(conv|norm)", match => $"{Ours(match)}.attn.proj.{Kind(match, 3)}"),
        NameRule.Layer(@"head\.in_conv\.(conv|norm)", match => $"backbone.final.{Kind(match, 1)}"),
        NameRule.Layer(@"head\.classifier\.0", "backbone.hidden"),
        NameRule.Layer(@"head\.classifier\.1", "backbone.hidden_norm"),
        NameRule.Layer(@"head\.classifier\.4", "head.fc"),
    ];

    private static string Ours(Match match) => $"backbone.stages.{match.Groups[1].Value}.blocks.{int.Parse(match.Groups[2].Value) - 1}";

    private static string Step(Match match) => $"{match.Groups[3].Value switch { "inverted" => "expand", "depth" => "depthwise", _ => "project" }}.{Kind(match, 4)}";

    private static string Kind(Match match, int group) => match.Groups[group].Value == "norm" ? "bn" : "conv";
}
