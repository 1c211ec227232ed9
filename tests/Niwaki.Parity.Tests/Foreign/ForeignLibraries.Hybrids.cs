using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <content>Networks of convolutions and attention.</content>
internal static partial class ForeignLibraries
{
    private static IEnumerable<ForeignLibrary> Hybrids()
    {
        foreach (var family in new[] { "mobile-vit", "mobile-vit-v2" })
        {
            yield return new("timm-mobile-vit", family) { Names = family == "mobile-vit" ? TimmMobileVit("qkv", "proj") : TimmMobileVit("qkv_proj", "out_proj"), Expressible = Strided };
            yield return new("hugging-face-mobile-vit", family) { Names = [.. HuggingFaceMobileVit(family == "mobile-vit" ? "mobilevit" : "mobilevitv2"), Module(@"head\.fc", "classifier")], Expressible = Strided };
            yield return new("hugging-face-mobile-vit", family)
            {
                Heads = ["deep-lab-v3"],
                Names =
                [
                    .. HuggingFaceMobileVit(family == "mobile-vit" ? "mobilevit" : "mobilevitv2"),
                    Module(@"head\.branches\.(4)\.(conv|bn)", match => $"segmentation_head.aspp.convs.4.conv_1x1.{Convolution(match, 2)}"),
                    Module(@"head\.branches\.(\d+)\.(conv|bn)", match => $"segmentation_head.aspp.convs.{match.Groups[1].Value}.{Convolution(match, 2)}"),
                    Module(@"head\.project\.(conv|bn)", match => $"segmentation_head.aspp.project.{Convolution(match, 1)}"),
                    Module(@"head\.classifier", "segmentation_head.classifier.convolution"),
                ],
                Expressible = Strided,
            };
            yield return new("cv-nets-mobile-vit", family) { Names = family == "mobile-vit" ? CvNets("mha", "fc") : CvNets("attn", "1"), Expressible = Strided };
        }

        yield return new("timm-efficient-vit", "efficient-vit") { Names = EfficientVit("stem.in_conv", "stem.res", "stages.$1.blocks", string.Empty, "head.in_conv", "head.classifier.0", "head.classifier.1", "head.classifier.4"), Expressible = Attending };
        yield return new("han-lab-efficient-vit", "efficient-vit") { Names = EfficientVit("backbone.input_stem.op_list.0", "backbone.input_stem.op_list.", "backbone.stages.$1.op_list", "+1", "head.op_list.0", "head.op_list.2.linear", "head.op_list.2.norm", "head.op_list.3.linear"), Expressible = Attending };
        yield return new("timm-tiny-vit", "tiny-vit") { Names = TinyVit("conv", "patch_embed.conv1", "patch_embed.conv2", "stages", 0, "head.norm", "head.fc"), Expressible = Windowed };
        yield return new("microsoft-tiny-vit", "tiny-vit") { Names = TinyVit("c", "patch_embed.seq.0", "patch_embed.seq.2", "layers", 1, "norm_head", "head"), Expressible = Windowed };
    }

    private const string Inverted = @"backbone\.stages\.(\d+)\.convs\.(\d+)\.(expand|depthwise|project)\.(conv|bn)";
    private const string Transformer = @"backbone\.stages\.(\d+)\.transformer\.";
    private const string TransformerBlocks = Transformer + @"blocks\.(\d+)\.";

    private static IReadOnlyList<(string, Func<Match, string>)> TimmMobileVit(string qkv, string projection) =>
    [
        Module(@"backbone\.stem\.(conv|bn)", "stem.$1"),
        Module(Inverted, match => $"stages.{match.Groups[1].Value}.{match.Groups[2].Value}.{match.Groups[3].Value switch { "expand" => "conv1_1x1", "depthwise" => "conv2_kxk", _ => "conv3_1x1" }}.{match.Groups[4].Value}"),
        Module(Transformer + @"local\.(conv|bn)", "stages.$1.1.conv_kxk.$2"),
        Module(Transformer + @"enter", "stages.$1.1.conv_1x1"),
        (TransformerBlocks + @"attn\.(q|k|v)\.(weight|bias)", match => match.Result($"stages.$1.1.transformer.$2.attn.{qkv}.$4<$3>")),
        Module(TransformerBlocks + @"attn\.proj", $"stages.$1.1.transformer.$2.attn.{projection}"),
        Module(TransformerBlocks + @"(norm1|norm2|mlp\.fc1|mlp\.fc2)", "stages.$1.1.transformer.$2.$3"),
        Module(Transformer + @"norm", "stages.$1.1.norm"),
        Module(Transformer + @"leave\.(conv|bn)", "stages.$1.1.conv_proj.$2"),
        Module(Transformer + @"fusion\.(conv|bn)", "stages.$1.1.conv_fusion.$2"),
        Module(@"backbone\.final\.(conv|bn)", "final_conv.$1"),
        Module(@"head\.fc", "head.fc"),
    ];

    private static IReadOnlyList<(string, Func<Match, string>)> HuggingFaceMobileVit(string root) =>
    [
        Module(@"backbone\.stem\.(conv|bn)", match => $"{root}.conv_stem.{Convolution(match, 1)}"),
        Module(@"backbone\.stages\.(0|1)\.convs\.(\d+)\.(expand|depthwise|project)\.(conv|bn)", match => $"{root}.encoder.layer.{match.Groups[1].Value}.layer.{match.Groups[2].Value}.{Step(match)}.{Convolution(match, 4)}"),
        Module(Inverted, match => $"{root}.encoder.layer.{match.Groups[1].Value}.downsampling_layer.{Step(match)}.{Convolution(match, 4)}"),
        Module(Transformer + @"local\.(conv|bn)", match => $"{root}.encoder.layer.{match.Groups[1].Value}.conv_kxk.{Convolution(match, 2)}"),
        Module(Transformer + @"enter", $"{root}.encoder.layer.$1.conv_1x1.convolution"),
        .. root == "mobilevit" ? HuggingFaceLayers(TransformerBlocks, match => match.Result($"{root}.encoder.layer.$1.transformer.layer.$2."), 3, "attention.attention") :
        [
            (TransformerBlocks + @"attn\.(q|k|v)\.(weight|bias)", match => match.Result($"{root}.encoder.layer.$1.transformer.layer.$2.attention.qkv_proj.convolution.$4<$3>")),
            Module(TransformerBlocks + @"attn\.proj", $"{root}.encoder.layer.$1.transformer.layer.$2.attention.out_proj.convolution"),
            Module(TransformerBlocks + @"norm1", $"{root}.encoder.layer.$1.transformer.layer.$2.layernorm_before"),
            Module(TransformerBlocks + @"norm2", $"{root}.encoder.layer.$1.transformer.layer.$2.layernorm_after"),
            Module(TransformerBlocks + @"mlp\.fc(1|2)", $"{root}.encoder.layer.$1.transformer.layer.$2.ffn.conv$3.convolution"),
        ],
        Module(Transformer + @"norm", $"{root}.encoder.layer.$1.layernorm"),
        Module(Transformer + @"leave\.(conv|bn)", match => $"{root}.encoder.layer.{match.Groups[1].Value}.conv_projection.{Convolution(match, 2)}"),
        Module(Transformer + @"fusion\.(conv|bn)", match => $"{root}.encoder.layer.{match.Groups[1].Value}.fusion.{Convolution(match, 2)}"),
        Module(@"backbone\.final\.(conv|bn)", match => $"{root}.conv_1x1_exp.{Convolution(match, 1)}"),
    ];

    private static IReadOnlyList<(string, Func<Match, string>)> CvNets(string attention, string classifier)
    {
        var linear = attention == "mha" ? string.Empty : ".block.conv";
        return
        [
            Module(@"backbone\.stem\.(conv|bn)", match => $"conv_1.block.{Norm(match, 1)}"),
            Module(Inverted, match => $"layer_{Number(match, 1) + 1}.{match.Groups[2].Value}.block.{match.Groups[3].Value switch { "expand" => "exp_1x1", "depthwise" => "conv_3x3", _ => "red_1x1" }}.block.{Norm(match, 4)}"),
            Module(Transformer + @"local\.(conv|bn)", match => $"{Unit(match)}.local_rep.{(attention == "mha" ? "conv_3x3" : "0")}.block.{Norm(match, 2)}"),
            Module(Transformer + @"enter", match => $"{Unit(match)}.local_rep.{(attention == "mha" ? "conv_1x1" : "1")}.block.conv"),
            (TransformerBlocks + @"attn\.(q|k|v)\.(weight|bias)", match => $"{Unit(match)}.global_rep.{match.Groups[2].Value}.pre_norm_{attention}.1.qkv_proj{linear}.{match.Groups[4].Value}<{match.Groups[3].Value}>"),
            Module(TransformerBlocks + @"attn\.proj", match => $"{Unit(match)}.global_rep.{match.Groups[2].Value}.pre_norm_{attention}.1.out_proj{linear}"),
            Module(TransformerBlocks + @"norm1", match => $"{Unit(match)}.global_rep.{match.Groups[2].Value}.pre_norm_{attention}.0"),
            Module(TransformerBlocks + @"norm2", match => $"{Unit(match)}.global_rep.{match.Groups[2].Value}.pre_norm_ffn.0"),
            Module(TransformerBlocks + @"mlp\.fc1", match => $"{Unit(match)}.global_rep.{match.Groups[2].Value}.pre_norm_ffn.1{linear}"),
            Module(TransformerBlocks + @"mlp\.fc2", match => $"{Unit(match)}.global_rep.{match.Groups[2].Value}.pre_norm_ffn.{(attention == "mha" ? "4" : "3")}{linear}"),
            Module(Transformer + @"norm", match => $"{Unit(match)}.global_rep.9"),
            Module(Transformer + @"leave\.(conv|bn)", match => $"{Unit(match)}.conv_proj.block.{Norm(match, 2)}"),
            Module(Transformer + @"fusion\.(conv|bn)", match => $"{Unit(match)}.fusion.block.{Norm(match, 2)}"),
            Module(@"backbone\.final\.(conv|bn)", match => $"conv_1x1_exp.block.{Norm(match, 1)}"),
            Module(@"head\.fc", $"classifier.{classifier}"),
        ];

        static string Unit(Match match) => $"layer_{Number(match, 1) + 1}.1";
    }

    private static IReadOnlyList<(string, Func<Match, string>)> EfficientVit(string stem, string stemBlock, string blocks, string shift, string final, string hidden, string hiddenNorm, string classifier)
    {
        var first = shift.Length > 0 ? 1 : 0;
        return
        [
            Module(@"backbone\.stem\.(conv|bn)", match => $"{stem}.{Norm(match, 1)}"),
            Module(@"backbone\.stem_blocks\.(\d+)\.(spatial|point)\.(conv|bn)", match => $"{stemBlock}{Number(match, 1) + first}.main.{(match.Groups[2].Value == "spatial" ? "depth" : "point")}_conv.{Norm(match, 3)}"),
            Module(@"backbone\.stages\.(\d+)\.entry\.(expand|depthwise|project)\.(conv|bn)", match => $"{match.Result(blocks)}.0.main.{Part(match, 2)}_conv.{Norm(match, 3)}"),
            (@"backbone\.stages\.(\d+)\.blocks\.(\d+)\.attn\.(q|k|v)\.weight", match => $"{Block(match)}.context_module.main.qkv.conv.weight<{match.Groups[3].Value}@>"),
            (@"backbone\.stages\.(\d+)\.blocks\.(\d+)\.attn\.scale_(\d+)\.(q|k|v)\.(depthwise|mix)\.weight", match => $"{Block(match)}.context_module.main.aggreg.{match.Groups[3].Value}.{(match.Groups[5].Value == "mix" ? 1 : 0)}.weight<{match.Groups[4].Value}@>"),
            Module(@"backbone\.stages\.(\d+)\.blocks\.(\d+)\.attn\.proj\.(conv|bn)", match => $"{Block(match)}.context_module.main.proj.{Norm(match, 3)}"),
            Module(@"backbone\.stages\.([2-9])\.blocks\.(\d+)\.local\.(expand|depthwise|project)\.(conv|bn)", match => $"{Block(match)}.local_module.main.{Part(match, 3)}_conv.{Norm(match, 4)}"),
            Module(@"backbone\.stages\.(\d+)\.blocks\.(\d+)\.local\.(expand|depthwise|project)\.(conv|bn)", match => $"{Block(match)}.main.{Part(match, 3)}_conv.{Norm(match, 4)}"),
            Module(@"backbone\.final\.(conv|bn)", match => $"{final}.{Norm(match, 1)}"),
            Module(@"backbone\.hidden", hidden),
            Module(@"backbone\.hidden_norm", hiddenNorm),
            Module(@"head\.fc", classifier),
        ];

        string Block(Match match) => $"{match.Result(blocks)}.{Number(match, 2) + 1}";

        static string Part(Match match, int group) => match.Groups[group].Value switch { "expand" => "inverted", "depthwise" => "depth", _ => "point" };
    }

    private static IReadOnlyList<(string, Func<Match, string>)> TinyVit(string convolution, string first, string second, string stages, int shift, string norm, string classifier)
    {
        const string Block = @"backbone\.stages\.(\d+)\.blocks\.(\d+)\.";
        return
        [
            Module(@"backbone\.stem\.0\.(conv|bn)", match => $"{first}.{Part(match, 1)}"),
            Module(@"backbone\.stem\.1\.(conv|bn)", match => $"{second}.{Part(match, 1)}"),
            Module(Inverted, match => $"{stages}.{match.Groups[1].Value}.blocks.{match.Groups[2].Value}.{Nth(match, 3)}.{Part(match, 4)}"),
            Module(@"backbone\.stages\.(\d+)\.downsample\.(expand|depthwise|project)\.(conv|bn)", match => $"{stages}.{Number(match, 1) - shift}.downsample.{Nth(match, 2)}.{Part(match, 3)}"),
            To(Block + @"attn\.attention_biases", stages + ".$1.blocks.$2.attn.attention_biases"),
            To(Block + @"attn\.(q|k|v)\.(weight|bias)", stages + ".$1.blocks.$2.attn.qkv.$4<$3@>"),
            Module(Block + @"norm1", stages + ".$1.blocks.$2.attn.norm"),
            Module(Block + @"norm2", stages + ".$1.blocks.$2.mlp.norm"),
            Module(Block + @"(attn\.proj|mlp\.fc1|mlp\.fc2)", stages + ".$1.blocks.$2.$3"),
            Module(Block + @"spatial\.(conv|bn)", match => $"{match.Result(stages + ".$1.blocks.$2")}.local_conv.{Part(match, 3)}"),
            Module(@"backbone\.norm", norm),
            Module(@"head\.fc", classifier),
        ];

        string Part(Match match, int group) => match.Groups[group].Value == "conv" ? convolution : "bn";

        static string Nth(Match match, int group) => match.Groups[group].Value switch { "expand" => "conv1", "depthwise" => "conv2", _ => "conv3" };
    }

    private static string Step(Match match) => match.Groups[3].Value switch { "expand" => "expand_1x1", "depthwise" => "conv_3x3", _ => "reduce_1x1" };

    private static string Norm(Match match, int group) => match.Groups[group].Value == "conv" ? "conv" : "norm";

    // steps and dilations leave no trace in a classifier
    private static Backbone Strided(Backbone backbone) => backbone is MobileVitBackbone mobile ? mobile.WithOutputStride(32) : backbone;

    // published ones attend from the third stage on
    private static Backbone Attending(Backbone backbone)
    {
        var efficient = (EfficientVitBackbone)backbone;
        return efficient with
        {
            Stages = [.. efficient.Stages.Select((stage, i) => stage with
            {
                Attends = i >= 2,
                Scales = [5],
                HeadWidth = i >= 2 ? stage.HeadWidth : 16,
                Blocks = [.. stage.Blocks.Count == 0 ? [new EfficientVitBlock(7) { Heads = i >= 2 ? 2 : 0 }] : stage.Blocks.Select(block => block with { Heads = i >= 2 ? Math.Max(1, block.Heads) : 0 })],
            })],
        };
    }

    private static Backbone Windowed(Backbone backbone) => backbone is TinyVitBackbone { Stages.Count: 0 } tiny
        ? tiny with { ConvWidths = [5], Stages = [new TinyVitStage(6, 8, 3, [new TransformerBlock(2, 4, 9)])] }
        : backbone;
}
