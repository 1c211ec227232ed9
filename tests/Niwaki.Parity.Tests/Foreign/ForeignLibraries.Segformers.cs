using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <content>Mix Transformers with SegFormer's head.</content>
internal static partial class ForeignLibraries
{
    private static IEnumerable<ForeignLibrary> Segformers()
    {
        yield return new("hugging-face-segformer", "mit")
        {
            Heads = ["segformer"],
            Names =
            [
                Module(@"backbone\.stages\.(\d+)\.patch_embed\.proj", "segformer.encoder.patch_embeddings.$1.proj"),
                Module(@"backbone\.stages\.(\d+)\.patch_embed\.norm", "segformer.encoder.patch_embeddings.$1.layer_norm"),
                Module(SwinBlock + @"norm(1|2)", "segformer.encoder.block.$1.$2.layer_norm_$3"),
                Module(SwinBlock + @"attn\.(q|k|v)", match => match.Result("segformer.encoder.block.$1.$2.attention.self.") + (match.Groups[3].Value switch { "q" => "query", "k" => "key", _ => "value" })),
                Module(SwinBlock + @"attn\.sr", "segformer.encoder.block.$1.$2.attention.self.sr"),
                Module(SwinBlock + @"attn\.norm", "segformer.encoder.block.$1.$2.attention.self.layer_norm"),
                Module(SwinBlock + @"attn\.proj", "segformer.encoder.block.$1.$2.attention.output.dense"),
                Module(SwinBlock + @"mlp\.fc(1|2)", "segformer.encoder.block.$1.$2.mlp.dense$3"),
                Module(SwinBlock + @"mlp\.depthwise", "segformer.encoder.block.$1.$2.mlp.dwconv.dwconv"),
                Module(@"backbone\.stages\.(\d+)\.norm", "segformer.encoder.layer_norm.$1"),
                Module(@"head\.levels\.(\d+)", "decode_head.linear_c.$1.proj"),
                Module(@"head\.fuse\.conv", "decode_head.linear_fuse"),
                Module(@"head\.fuse\.bn", "decode_head.batch_norm"),
                Module(@"head\.classifier", "decode_head.classifier"),
            ],
            Expressible = Halving,
            Laid = (name, weight) => name.Contains("linear_c", StringComparison.Ordinal) && weight.Shape.Rank == 4 ? weight with { Shape = new Shape(weight.Shape[0], weight.Shape[1]) } : weight,
        };
        yield return new("mm-segmentation-segformer", "mit")
        {
            Heads = ["segformer"],
            Names =
            [
                Module(@"backbone\.stages\.(\d+)\.patch_embed\.proj", "backbone.layers.$1.0.projection"),
                Module(@"backbone\.stages\.(\d+)\.patch_embed\.norm", "backbone.layers.$1.0.norm"),
                Module(SwinBlock + @"(norm1|norm2)", "backbone.layers.$1.1.$2.$3"),
                To(SwinBlock + @"attn\.(q|k|v)\.(weight|bias)", "backbone.layers.$1.1.$2.attn.attn.in_proj_$4<$3>"),
                Module(SwinBlock + @"attn\.proj", "backbone.layers.$1.1.$2.attn.attn.out_proj"),
                Module(SwinBlock + @"attn\.(sr|norm)", "backbone.layers.$1.1.$2.attn.$3"),
                Module(SwinBlock + @"mlp\.fc(1|2)", match => match.Result("backbone.layers.$1.1.$2.ffn.layers.") + (match.Groups[3].Value == "1" ? 0 : 4)),
                Module(SwinBlock + @"mlp\.depthwise", "backbone.layers.$1.1.$2.ffn.layers.1"),
                Module(@"backbone\.stages\.(\d+)\.norm", "backbone.layers.$1.2"),
                Module(@"head\.levels\.(\d+)\.(conv|bn)", "decode_head.convs.$1.$2"),
                Module(@"head\.fuse\.(conv|bn)", "decode_head.fusion_conv.$1"),
                Module(@"head\.classifier", "decode_head.conv_seg"),
            ],
            Expressible = Halving,
            Laid = (name, weight) => Regex.IsMatch(name, @"ffn\.layers\.[04]\.weight") ? weight with { Shape = new Shape(weight.Shape[0], weight.Shape[1], 1, 1) } : weight,
        };
    }

    // strides leave no trace
    private static Backbone Halving(Backbone backbone)
    {
        var mit = (MitBackbone)backbone;
        return mit with { Stages = [.. mit.Stages.Select((stage, i) => stage with { Stride = i == 0 ? 4 : 2, Patch = i == 0 ? 7 : stage.Patch })] };
    }
}
