using System.Text.Json;
using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>The original SegFormer checkpoints: the encoder alone, and with its head. Stages are numbered from one.</summary>
public sealed record NvidiaSegformerNaming : Naming
{
    private const string Root = @"(?:backbone\.)?";
    private const string Block = Root + @"block(\d+)\.(\d+)\.";

    /// <inheritdoc/>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Backbone is MitBackbone mit ? architecture with { Backbone = mit with { Epsilon = 1e-6, EmbeddingEpsilon = 1e-5 } } : architecture;

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Skip(@"decode_head\.conv_seg\..*"),                                    // the head that it was made of; nothing reads it
        NameRule.Layer(Root + @"patch_embed(\d+)\.(proj|norm)", match => $"backbone.stages.{Stage(match)}.patch_embed.{match.Groups[2].Value}"),
        NameRule.Layer(Block + @"(norm1|norm2|attn\.(?:q|sr|norm|proj)|mlp\.(?:fc1|fc2))", match => $"{Ours(match)}.{match.Groups[3].Value}"),
        NameRule.KeyValue(Block + @"attn\.kv", match => $"{Ours(match)}.attn.*"),
        NameRule.Layer(Block + @"mlp\.dwconv\.dwconv", match => $"{Ours(match)}.mlp.depthwise"),
        NameRule.Layer(Root + @"norm(\d+)", match => $"backbone.stages.{Stage(match)}.norm"),
        NameRule.Layer(@"decode_head\.linear_c(\d+)\.proj", match => $"head.levels.{Stage(match)}"),
        NameRule.Layer(@"decode_head\.linear_fuse\.(conv|bn)", "head.fuse.$1"),
        NameRule.Layer(@"decode_head\.linear_pred", "head.classifier"),
        NameRule.Layer("head", "head.fc"),
    ];

    private static int Stage(Match match) => int.Parse(match.Groups[1].Value) - 1;

    private static string Ours(Match match) => $"backbone.stages.{Stage(match)}.blocks.{match.Groups[2].Value}";
}
