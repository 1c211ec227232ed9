using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <content>Swin v1 and v2, and the Mix Transformers.</content>
internal static partial class ForeignLibraries
{
    private const string SwinBlock = @"backbone\.stages\.(\d+)\.blocks\.(\d+)\.";

    private static IEnumerable<ForeignLibrary> Swins()
    {
        foreach (var version in new[] { 1, 2 })
        {
            var family = version == 1 ? "swin" : "swin-v2";
            yield return new("timm-swin", family) { Names = [.. Microsoft(version, "layers", 0), Module(@"head\.fc", "head.fc")], Expressible = OneWindow };
            yield return new("microsoft-swin", family)
            {
                Names = [.. Microsoft(version, "layers", 1), Module(@"head\.fc", "head")],
                Expressible = OneWindow,
                Stored = architecture => Coordinates(architecture, (stage, block) => $"layers.{stage}.blocks.{block}.attn"),
            };
            yield return new("hugging-face-swin", family)
            {
                Names =
                [
                    To(SwinBlock + @"attn\.(relative_position_bias_table|logit_scale)", $"{HuggingFaceRoot(version)}.encoder.layers.$1.blocks.$2.attention.self.$3"),
                    .. Continuous(SwinBlock, $"{HuggingFaceRoot(version)}.encoder.layers.$1.blocks.$2.attention.self.continuous_position_bias_mlp"),
                    .. HuggingFaceLayers(SwinBlock, match => match.Result($"{HuggingFaceRoot(version)}.encoder.layers.$1.blocks.$2."), 3, "attention.self"),
                    Module(@"backbone\.patch_embed\.proj", $"{HuggingFaceRoot(version)}.embeddings.patch_embeddings.projection"),
                    Module(@"backbone\.patch_embed\.norm", $"{HuggingFaceRoot(version)}.embeddings.norm"),
                    Module(@"backbone\.stages\.(\d+)\.downsample\.(\w+)", match => $"{HuggingFaceRoot(version)}.encoder.layers.{Number(match, 1) - 1}.downsample.{match.Groups[2].Value}"),
                    Module(@"backbone\.norm", $"{HuggingFaceRoot(version)}.layernorm"),
                    Module(@"head\.fc", "classifier"),
                ],
                Expressible = OneWindow,
            };
            yield return new("torch-vision-swin", family)
            {
                Names =
                [
                    (SwinBlock + @"attn\.(relative_position_bias_table|logit_scale)", match => $"{Stage(match)}.attn.{match.Groups[3].Value}"),
                    (SwinBlock + @"attn\.position_(weight|bias)(1|2)", match => $"{Stage(match)}.attn.cpb_mlp.{(match.Groups[4].Value == "1" ? 0 : 2)}.{match.Groups[3].Value}"),
                    (SwinBlock + @"attn\.(q|k|v)\.(weight|bias)", match => $"{Stage(match)}.attn.qkv.{match.Groups[4].Value}<{match.Groups[3].Value}>"),
                    Module(SwinBlock + @"(norm1|norm2|attn\.proj)", match => $"{Stage(match)}.{match.Groups[3].Value}"),
                    Module(SwinBlock + @"mlp\.fc(1|2)", match => $"{Stage(match)}.mlp.{(match.Groups[3].Value == "1" ? 0 : 3)}"),
                    Module(@"backbone\.patch_embed\.proj", "features.0.0"),
                    Module(@"backbone\.patch_embed\.norm", "features.0.2"),
                    Module(@"backbone\.stages\.(\d+)\.downsample\.(\w+)", match => $"features.{2 * Number(match, 1)}.{match.Groups[2].Value}"),
                    Module(@"backbone\.norm", "norm"),
                    Module(@"head\.fc", "head"),
                ],
                Expressible = backbone => backbone is SwinV2Backbone swin
                    ? swin with { NormalizePatches = true, Stages = [.. swin.Stages.Select(stage => stage with { QkvBias = true, PretrainedWindow = 0 })] }
                    : (SwinBackbone)backbone with { NormalizePatches = true, Stages = [.. ((SwinBackbone)backbone).Stages.Select(stage => stage with { QkvBias = true })] },
                Stored = architecture => Coordinates(architecture, (stage, block) => $"features.{(2 * stage) + 1}.{block}.attn"),
            };
        }

        yield return new("mm-segmentation-swin", "swin")
        {
            Heads = ["uper-net"],
            Names = [.. MmSegmentationSwin(), .. UperNet("bn", "conv_seg")],
            Expressible = backbone => (SwinBackbone)OneWindow(backbone) with { NormalizeFeatures = true, NormalizePatches = true },
            Laid = (name, weight) => name.Contains(".downsample.", StringComparison.Ordinal) ? Unfolded(weight) : weight,
        };
        yield return new("hugging-face-swin", "swin")
        {
            Heads = ["uper-net"],
            Names =
            [
                To(SwinBlock + @"attn\.relative_position_bias_table", "backbone.encoder.layers.$1.blocks.$2.attention.self.relative_position_bias_table"),
                .. HuggingFaceLayers(SwinBlock, match => match.Result("backbone.encoder.layers.$1.blocks.$2."), 3, "attention.self"),
                Module(@"backbone\.patch_embed\.proj", "backbone.embeddings.patch_embeddings.projection"),
                Module(@"backbone\.patch_embed\.norm", "backbone.embeddings.norm"),
                Module(@"backbone\.stages\.(\d+)\.downsample\.(\w+)", match => $"backbone.encoder.layers.{Number(match, 1) - 1}.downsample.{match.Groups[2].Value}"),
                Module(@"backbone\.norms\.(\d+)", match => $"backbone.hidden_states_norms.stage{Number(match, 1) + 1}"),
                .. UperNet("batch_norm", "classifier"),
            ],
            Expressible = backbone => (SwinBackbone)OneWindow(backbone) with { NormalizeFeatures = true, NormalizePatches = true },
        };
    }

    private static string Stage(Match match) => $"features.{(2 * Number(match, 1)) + 1}.{match.Groups[2].Value}";

    private static string HuggingFaceRoot(int version) => version == 1 ? "swin" : "swinv2";

    // shift: where the patch merging is counted
    private static IEnumerable<(string, Func<Match, string>)> Microsoft(int version, string layers, int shift) =>
    [
        To(SwinBlock + @"attn\.(relative_position_bias_table|logit_scale)", $"{layers}.$1.blocks.$2.attn.$3"),
        .. Continuous(SwinBlock, layers + ".$1.blocks.$2.attn.cpb_mlp"),
        version == 2 ? To(SwinBlock + @"attn\.(q|v)\.bias", $"{layers}.$1.blocks.$2.attn.$3_bias") : To(SwinBlock + @"attn\.(q|k|v)\.(bias)", $"{layers}.$1.blocks.$2.attn.qkv.$4<$3>"),
        To(SwinBlock + @"attn\.(q|k|v)\.(weight)", $"{layers}.$1.blocks.$2.attn.qkv.$4<$3>"),
        Module(SwinBlock + @"(norm1|norm2|attn\.proj|mlp\.fc1|mlp\.fc2)", $"{layers}.$1.blocks.$2.$3"),
        Module(@"backbone\.(patch_embed\.proj|patch_embed\.norm|norm)", "$1"),
        Module(@"backbone\.stages\.(\d+)\.downsample\.(\w+)", match => $"{layers}.{Number(match, 1) - shift}.downsample.{match.Groups[2].Value}"),
    ];

    private static IEnumerable<(string, Func<Match, string>)> MmSegmentationSwin() =>
    [
        To(SwinBlock + @"attn\.relative_position_bias_table", "backbone.stages.$1.blocks.$2.attn.w_msa.relative_position_bias_table"),
        To(SwinBlock + @"attn\.(q|k|v)\.(weight|bias)", "backbone.stages.$1.blocks.$2.attn.w_msa.qkv.$4<$3>"),
        Module(SwinBlock + @"attn\.proj", "backbone.stages.$1.blocks.$2.attn.w_msa.proj"),
        Module(SwinBlock + @"(norm1|norm2)", "backbone.stages.$1.blocks.$2.$3"),
        Module(SwinBlock + @"mlp\.fc1", "backbone.stages.$1.blocks.$2.ffn.layers.0.0"),
        Module(SwinBlock + @"mlp\.fc2", "backbone.stages.$1.blocks.$2.ffn.layers.1"),
        Module(@"backbone\.patch_embed\.proj", "backbone.patch_embed.projection"),
        Module(@"backbone\.patch_embed\.norm", "backbone.patch_embed.norm"),
        Module(@"backbone\.stages\.(\d+)\.downsample\.(\w+)", match => $"backbone.stages.{Number(match, 1) - 1}.downsample.{match.Groups[2].Value}"),
        Module(@"backbone\.norms\.(\d+)", "backbone.norm$1"),
    ];

    private static IEnumerable<(string, Func<Match, string>)> UperNet(string norm, string classifier) =>
    [
        Module(@"head\.classifier", $"decode_head.{classifier}"),
        Module(@"head\.psp_modules\.(\d+)\.(conv|bn)", match => $"decode_head.psp_modules.{match.Groups[1].Value}.1.{(match.Groups[2].Value == "bn" ? norm : "conv")}"),
        Module(@"head\.(.+)\.(conv|bn)", match => $"decode_head.{match.Groups[1].Value}.{(match.Groups[2].Value == "bn" ? norm : "conv")}"),
        Module(@"auxiliary\.classifier", $"auxiliary_head.{classifier}"),
        Module(@"auxiliary\.convs\.(\d+)\.(conv|bn)", match => $"auxiliary_head.convs.{match.Groups[1].Value}.{(match.Groups[2].Value == "bn" ? norm : "conv")}"),
        Module(@"auxiliary\.joined\.(conv|bn)", match => $"auxiliary_head.conv_cat.{(match.Groups[1].Value == "bn" ? norm : "conv")}"),
    ];

    private static IEnumerable<(string, Func<Match, string>)> Continuous(string block, string mlp) =>
    [
        To(block + @"attn\.position_weight1", mlp + ".0.weight"),
        To(block + @"attn\.position_bias1", mlp + ".0.bias"),
        To(block + @"attn\.position_weight2", mlp + ".2.weight"),
    ];

    // libraries have one window for the whole network, and pad pictures
    private static Backbone OneWindow(Backbone backbone) => backbone switch
    {
        SwinBackbone swin => swin with { PadPatches = true, Stages = [.. swin.Stages.Select(stage => stage with { QkvBias = swin.Stages[0].QkvBias, Blocks = [.. stage.Blocks.Select(block => block with { Window = swin.Stages[0].Blocks[0].Window })] })] },
        SwinV2Backbone swin => swin with { PadPatches = true, Stages = [.. swin.Stages.Select(stage => stage with { QkvBias = swin.Stages[0].QkvBias, Blocks = [.. stage.Blocks.Select(block => block with { Window = swin.Stages[0].Blocks[0].Window, WindowWidth = 0 })] })] },
        _ => backbone,
    };

    private static IEnumerable<KeyValuePair<string, Weight>> Coordinates(Architecture architecture, Func<int, int, string> attention)
    {
        if (architecture.Backbone is not SwinV2Backbone swin)
            yield break;
        for (var stage = 0; stage < swin.Stages.Count; stage++)
        {
            for (var i = 0; i < swin.Stages[stage].Blocks.Count; i++)
            {
                var block = swin.Stages[stage].Blocks[i];
                var layout = new WindowLayout { Height = 64, Width = 64, WindowHeight = block.Window, WindowWidth = block.WindowWidth > 0 ? block.WindowWidth : block.Window };
                var shape = new Shape(1, (2 * layout.WindowHeight) - 1, (2 * layout.WindowWidth) - 1, 2);
                yield return new($"{attention(stage, i)}.relative_coords_table", new Weight(shape, layout.RelativeCoordinates(swin.Stages[stage].PretrainedWindow)));
            }
        }
    }

    // from (even, even), (odd, even), (even, odd), (odd, odd) of all channels to nn.Unfold's: all four of a channel
    private static Weight Unfolded(Weight weight)
    {
        var columns = weight.Shape[^1];
        return weight with
        {
            Values = [.. weight.Values.Chunk(columns).SelectMany(row => Enumerable.Range(0, columns).Select(i =>
            {
                var (channel, down, right) = (i / 4, i % 4 / 2, i % 2);
                return row[(((2 * right) + down) * (columns / 4)) + channel];
            }))],
        };
    }
}
