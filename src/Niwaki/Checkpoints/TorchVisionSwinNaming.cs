using System.Text.Json;
using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>torchvision's Swin v1 and v2: after the embedding, stages (odd) and patch mergings (even) are numbered through.</summary>
public sealed record TorchVisionSwinNaming : Naming
{
    private const string Block = @"features\.(\d*[13579])\.(\d+)\.";

    /// <inheritdoc/>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Windowed(SwinWindowing.TorchVision, padPatches: false);

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) => base.PreprocessOf(architecture, preset).Fed(architecture, preset) with { Interpolation = Interpolation.Bicubic };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(@"features\.0\.0", "backbone.patch_embed.proj"),
        NameRule.Layer(@"features\.0\.2", "backbone.patch_embed.norm"),
        NameRule.Tensor(Block + @"attn\.relative_position_bias_table", match => $"{Ours(match)}.attn.relative_position_bias_table"),
        NameRule.Qkv(Block + @"attn\.qkv", match => $"{Ours(match)}.attn.*"),
        NameRule.Layer(Block + @"(norm1|norm2|attn\.proj)", match => $"{Ours(match)}.{match.Groups[3].Value}"),
        NameRule.Layer(Block + @"mlp\.0", match => $"{Ours(match)}.mlp.fc1"),
        NameRule.Layer(Block + @"mlp\.3", match => $"{Ours(match)}.mlp.fc2"),
        NameRule.Layer(@"features\.(\d*[02468])\.(norm|reduction)", match => $"backbone.stages.{Stage(match)}.downsample.{match.Groups[2].Value}"),
        .. CosineAttentionNames.Of(Block + @"attn\.", match => $"{Ours(match)}.attn"),
        NameRule.Layer("norm", "backbone.norm"),
        NameRule.Layer("head", "head.fc"),
    ];

    private static string Ours(Match match) => $"backbone.stages.{Stage(match)}.blocks.{match.Groups[2].Value}";

    private static int Stage(Match match) => int.Parse(match.Groups[1].Value) / 2;
}
