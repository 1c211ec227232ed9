using System.Text.Json;
using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>
/// Hugging Face transformers' MobileViT v1 and v2. Where a map is no multiple of the patch, its v2 loses the last pixels; here they are kept,
/// as in timm and in the original.
/// </summary>
public sealed record HuggingFaceMobileVitNaming : Naming
{
    private const string Root = @"(?:mobilevit(?:v2)?\.)?";
    private const string Stage = Root + @"encoder\.layer\.(\d+)\.";
    private const string Layer = Stage + @"transformer\.layer\.(\d+)\.";
    private const string Ours = "backbone.stages.$1.transformer";
    private const string Norm = "(convolution|normalization)";
    private const int PublishedStride = 16;
    private const string Head = @"segmentation_head\.";

    /// <summary>No tensor shows strides and dilations: they are the description's, or those of the published checkpoints.</summary>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config)
    {
        if (architecture is not { Backbone: MobileVitBackbone or MobileVitV2Backbone, Head: DeepLabV3Head head })
            return architecture;
        var stride = Value(config, "output_stride") is { ValueKind: JsonValueKind.Number } told && told.TryGetInt32(out var given) && given is 8 or 16 or 32 ? given : PublishedStride;
        var rates = Value(config, "atrous_rates") is { ValueKind: JsonValueKind.Array } list && list.EnumerateArray().All(rate => rate.TryGetInt32(out var number) && number > 0)
            ? [.. list.EnumerateArray().Select(rate => rate.GetInt32())]
            : head.Rates;
        Backbone dilated = architecture.Backbone is MobileVitV2Backbone second ? second.WithOutputStride(stride) : ((MobileVitBackbone)architecture.Backbone).WithOutputStride(stride);
        return architecture with { Backbone = dilated, Head = head with { Rates = rates } };
    }

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) => MobileVitFeeding.Of(base.PreprocessOf(architecture, preset)) with { ChannelOrder = ChannelOrder.Bgr };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(Root + @"conv_stem\." + Norm, match => $"backbone.stem.{Part(match, 1)}"),
        NameRule.Layer(Stage + @"layer\.(\d+)\.(expand_1x1|conv_3x3|reduce_1x1)\." + Norm, match => $"backbone.stages.{match.Groups[1].Value}.convs.{match.Groups[2].Value}.{Convolution(match, 3)}.{Part(match, 4)}"),
        NameRule.Layer(Stage + @"downsampling_layer\.(expand_1x1|conv_3x3|reduce_1x1)\." + Norm, match => $"backbone.stages.{match.Groups[1].Value}.convs.0.{Convolution(match, 2)}.{Part(match, 3)}"),
        NameRule.Layer(Stage + @"conv_kxk\." + Norm, match => $"{match.Result(Ours)}.local.{Part(match, 2)}"),
        NameRule.Layer(Stage + @"conv_1x1\.convolution", Ours + ".enter"),
        NameRule.Layer(Layer + @"attention\.attention\.(q|k|v)(?:uery|ey|alue)", Ours + ".blocks.$2.attn.$3"),
        NameRule.Layer(Layer + @"attention\.output\.dense", Ours + ".blocks.$2.attn.proj"),
        NameRule.SeparableQkv(Layer + @"attention\.qkv_proj\.convolution", Ours + ".blocks.$2.attn.*"),
        NameRule.Layer(Layer + @"attention\.out_proj\.convolution", Ours + ".blocks.$2.attn.proj"),
        NameRule.Layer(Layer + @"ffn\.conv(1|2)\.convolution", Ours + ".blocks.$2.mlp.fc$3"),
        NameRule.Layer(Layer + "layernorm_before", Ours + ".blocks.$2.norm1"),
        NameRule.Layer(Layer + "layernorm_after", Ours + ".blocks.$2.norm2"),
        NameRule.Layer(Layer + @"intermediate\.dense", Ours + ".blocks.$2.mlp.fc1"),
        NameRule.Layer(Layer + @"output\.dense", Ours + ".blocks.$2.mlp.fc2"),
        NameRule.Layer(Stage + "layernorm", Ours + ".norm"),
        NameRule.Layer(Stage + @"conv_projection\." + Norm, match => $"{match.Result(Ours)}.leave.{Part(match, 2)}"),
        NameRule.Layer(Stage + @"fusion\." + Norm, match => $"{match.Result(Ours)}.fusion.{Part(match, 2)}"),
        NameRule.Layer(Root + @"conv_1x1_exp\." + Norm, match => $"backbone.final.{Part(match, 1)}"),
        NameRule.Layer("classifier", "head.fc"),
        NameRule.Layer(Head + @"aspp\.convs\.(\d+)\.(?:conv_1x1\.)?" + Norm, match => $"head.branches.{match.Groups[1].Value}.{Part(match, 2)}"),
        NameRule.Layer(Head + @"aspp\.project\." + Norm, match => $"head.project.{Part(match, 1)}"),
        NameRule.Layer(Head + @"classifier\.convolution", "head.classifier"),
    ];

    private static JsonElement? Value(JsonElement? config, string key) =>
        config is { ValueKind: JsonValueKind.Object } description && description.TryGetProperty(key, out var value) ? value : null;

    private static string Part(Match match, int group) => match.Groups[group].Value == "convolution" ? "conv" : "bn";

    private static string Convolution(Match match, int group) => match.Groups[group].Value switch
    {
        "expand_1x1" => "expand",
        "conv_3x3" => "depthwise",
        _ => "project",
    };
}
