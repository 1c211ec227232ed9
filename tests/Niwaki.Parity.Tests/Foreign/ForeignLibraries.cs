using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <summary>Every library whose checkpoints are read, family by family.</summary>
internal static partial class ForeignLibraries
{
    private const string Leaf = @"\.(weight|bias|running_mean|running_var)";

    public static IReadOnlyList<ForeignLibrary> All { get; } = [.. Transformers(), .. Swins(), .. Segformers(), .. Hybrids(), .. Convolutional()];

    private static (string, Func<Match, string>) To(string ours, string theirs) => (ours, match => match.Result(theirs));

    // a module of ours and theirs
    private static (string, Func<Match, string>) Module(string ours, Func<Match, string> theirs) => (ours + Leaf, match => $"{theirs(match)}.{match.Groups[^1].Value}");

    private static (string, Func<Match, string>) Module(string ours, string theirs) => Module(ours, match => match.Result(theirs));

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value);

    private static IEnumerable<ForeignLibrary> Transformers()
    {
        yield return new("timm-vit", "vit")
        {
            Names =
            [
                To(@"backbone\.(cls_token|dist_token|pos_embed)", "$1"),
                To(@"backbone\.(blocks\.\d+\.attn)\.(q|k|v)\.(weight|bias)", "$1.qkv.$3<$2>"),
                Module(@"backbone\.(patch_embed\.proj|norm|fc_norm|blocks\.\d+\..+)", "$1"),
                Module(@"head\.fc", "head"),
                Module(@"head\.fc_dist", "head_dist"),
            ],
            // merging is no part of a checkpoint, and without a token before the patches all positions are theirs
            Expressible = backbone => backbone is VitBackbone vit ? vit with { Merged = [], ProportionalAttention = true, PatchPositionsOnly = vit.PatchPositionsOnly && vit.ClassToken } : backbone,
        };
        yield return new("torch-vision-vit", "vit")
        {
            Names =
            [
                To(@"backbone\.cls_token", "class_token"),
                To(@"backbone\.pos_embed", "encoder.pos_embedding"),
                Module(@"backbone\.patch_embed\.proj", "conv_proj"),
                To(@"backbone\.blocks\.(\d+)\.attn\.(q|k|v)\.(weight|bias)", "encoder.layers.encoder_layer_$1.self_attention.in_proj_$3<$2>"),
                Module(@"backbone\.blocks\.(\d+)\.attn\.proj", "encoder.layers.encoder_layer_$1.self_attention.out_proj"),
                Module(@"backbone\.blocks\.(\d+)\.norm(1|2)", "encoder.layers.encoder_layer_$1.ln_$2"),
                Module(@"backbone\.blocks\.(\d+)\.mlp\.fc(1|2)", match => match.Result("encoder.layers.encoder_layer_$1.mlp.") + (match.Groups[2].Value == "1" ? "0" : "3")),
                Module(@"backbone\.norm", "encoder.ln"),
                Module(@"head\.fc", "heads.head"),
            ],
            Expressible = backbone => (VitBackbone)backbone with { Merged = [], ProportionalAttention = true, QkvBias = true, DistillationToken = false, ClassToken = true, PatchPositionsOnly = false, MeanPooling = false },
        };
        yield return new("hugging-face-vit", "vit")
        {
            Names =
            [
                To(@"backbone\.cls_token", "vit.embeddings.cls_token"),
                To(@"backbone\.pos_embed", "vit.embeddings.position_embeddings"),
                Module(@"backbone\.patch_embed\.proj", "vit.embeddings.patch_embeddings.projection"),
                .. HuggingFaceLayers(@"backbone\.blocks\.(\d+)\.", match => match.Result("vit.encoder.layer.$1."), 2, "attention.attention"),
                Module(@"backbone\.norm", "vit.layernorm"),
                Module(@"head\.fc", "classifier"),
            ],
            Expressible = backbone => (VitBackbone)backbone with { Merged = [], ProportionalAttention = true, DistillationToken = false, ClassToken = true, PatchPositionsOnly = false, MeanPooling = false },
        };
    }

    private static IEnumerable<(string, Func<Match, string>)> HuggingFaceLayers(string ours, Func<Match, string> theirs, int next, string attention) =>
    [
        Module(ours + @"attn\.(q|k|v)", match => $"{theirs(match)}{attention}.{match.Groups[next].Value switch { "q" => "query", "k" => "key", _ => "value" }}"),
        Module(ours + @"attn\.proj", match => $"{theirs(match)}attention.output.dense"),
        Module(ours + @"norm1", match => $"{theirs(match)}layernorm_before"),
        Module(ours + @"norm2", match => $"{theirs(match)}layernorm_after"),
        Module(ours + @"mlp\.fc1", match => $"{theirs(match)}intermediate.dense"),
        Module(ours + @"mlp\.fc2", match => $"{theirs(match)}output.dense"),
    ];

    private static IEnumerable<ForeignLibrary> Convolutional()
    {
        const string Block = @"backbone\.stages\.(\d+)\.blocks\.(\d+)\.";
        yield return new("torch-vision-res-net", "res-net")
        {
            Names =
            [
                Module(@"backbone\.stem\.conv", "conv1"),
                Module(@"backbone\.stem\.bn", "bn1"),
                Module(Block + @"conv(\d)\.(conv|bn)", match => $"layer{Number(match, 1) + 1}.{match.Groups[2].Value}.{match.Groups[4].Value}{match.Groups[3].Value}"),
                Module(Block + @"downsample\.(conv|bn)", match => $"layer{Number(match, 1) + 1}.{match.Groups[2].Value}.downsample.{(match.Groups[3].Value == "conv" ? 0 : 1)}"),
                Module(@"head\.fc", "fc"),
            ],
        };
        yield return new("hugging-face-res-net", "res-net")
        {
            Names =
            [
                Module(@"backbone\.stem\.(conv|bn)", match => $"resnet.embedder.embedder.{Convolution(match, 1)}"),
                Module(Block + @"conv(\d)\.(conv|bn)", match => $"resnet.encoder.stages.{match.Groups[1].Value}.layers.{match.Groups[2].Value}.layer.{Number(match, 3) - 1}.{Convolution(match, 4)}"),
                Module(Block + @"downsample\.(conv|bn)", match => $"resnet.encoder.stages.{match.Groups[1].Value}.layers.{match.Groups[2].Value}.shortcut.{Convolution(match, 3)}"),
                Module(@"head\.fc", "classifier.1"),
            ],
        };
    }

    private static string Convolution(Match match, int group) => match.Groups[group].Value == "conv" ? "convolution" : "normalization";
}
