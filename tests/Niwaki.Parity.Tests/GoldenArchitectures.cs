using System.Text.Json;

namespace Niwaki.Parity.Tests;

/// <summary>The architecture that a golden case's <c>arch</c> describes.</summary>
internal static partial class GoldenArchitectures
{
    /// <summary>Null where the family has no forward here.</summary>
    /// <param name="family">Of the case.</param>
    /// <param name="arch">Its hyper-parameters.</param>
    /// <param name="shapes">Of its weights, which say what the hyper-parameters leave open.</param>
    public static Architecture? Of(string family, JsonElement arch, IReadOnlyDictionary<string, Shape> shapes) => family switch
    {
        "timm_vit" or "tv_vit" => Vit(arch, "depth", "embed_dim", "num_heads", "mlp_dim", "num_classes", 1e-6),
        "hf_vit" => Vit(arch, "num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size", "num_labels", 1e-12),
        "timm_swin" or "timm_swin_features" => Classifier(Swin(arch, SwinWindowing.Timm), arch),
        "ms_swin" or "hf_swin" => Classifier(Swin(arch, SwinWindowing.Original), arch),
        "tv_swin" when arch.GetProperty("version").GetInt32() == 1 => Classifier(Swin(arch, SwinWindowing.TorchVision) with { PadPatches = false }, arch),
        "timm_swinv2" => Classifier(SwinV2(arch, SwinWindowing.Timm), arch),
        "ms_swinv2" => Classifier(SwinV2(arch, SwinWindowing.Original), arch),
        "tv_swin" when arch.GetProperty("version").GetInt32() == 2 => Classifier(SwinV2(arch, SwinWindowing.TorchVision) with { PadPatches = false }, arch),
        "hf_upernet_swin" => UperNet(arch, arch, "hidden_size") with { Auxiliary = Auxiliary(arch, "auxiliary_", 2) },
        "mm_upernet_swin" => UperNet(arch, arch.GetProperty("decode_head"), "channels") with
        {
            Auxiliary = arch.TryGetProperty("auxiliary_head", out var auxiliary) ? Auxiliary(auxiliary, string.Empty, Number(auxiliary, "in_index")) : null,
        },
        "timm_mobilevit" => Classifier(TimmShapes.MobileVit(shapes), arch),
        "hf_mobilevit_cls" => Classifier(MobileVit(arch), arch),
        "hf_mobilevit_seg" => new Architecture(
            MobileVit(arch).WithOutputStride(arch.GetProperty("output_stride").GetInt32()),
            new DeepLabV3Head(arch.GetProperty("aspp_out_channels").GetInt32()) { Rates = [.. Numbers(arch, "atrous_rates")] },
            arch.GetProperty("num_labels").GetInt32()),
        "timm_resnet" or "tv_resnet" => Classifier(TimmShapes.ResNet(shapes), arch),
        "hf_segformer" => HuggingFaceSegformer(arch),
        "nv_segformer" => HuggingFaceSegformer(arch) is { Backbone: MitBackbone original } network ? network with { Backbone = original with { Epsilon = 1e-6 } } : null,
        "mm_segformer" => MmSegmentationSegformer(arch),
        "timm_efficientvit" => Classifier(EfficientVit(arch), arch),
        "timm_tinyvit" => Classifier(TinyVit(arch), arch),
        _ => null,
    };

    private static Architecture Classifier(Backbone backbone, JsonElement arch) => new(backbone, new LinearHead(), Number(arch, "num_classes") ?? Number(arch, "num_labels") ?? 0);

    private static Architecture Vit(JsonElement arch, string depth, string width, string heads, string mlp, string classes, double epsilon)
    {
        var channels = arch.GetProperty(width).GetInt32();
        var mlpWidth = Number(arch, mlp) ?? (int)(channels * arch.GetProperty("mlp_ratio").GetDouble());
        var backbone = new VitBackbone(channels, TransformerBlock.Uniform(channels, arch.GetProperty(depth).GetInt32(), arch.GetProperty(heads).GetInt32(), (double)mlpWidth / channels))
        {
            PatchSize = arch.GetProperty("patch_size").GetInt32(),
            Epsilon = epsilon,
            QkvBias = Flag(arch, "qkv_bias", true),
            DistillationToken = Flag(arch, "distilled", false),
            ClassToken = Flag(arch, "class_token", true),
            MeanPooling = arch.TryGetProperty("global_pool", out var pool) && pool.GetString() == "avg",
            PatchPositionsOnly = Flag(arch, "no_embed_class", false),
        };
        return new Architecture(backbone, new LinearHead(), arch.GetProperty(classes).GetInt32());
    }

    private static SwinBackbone Swin(JsonElement arch, SwinWindowing windowing)
    {
        var stages = SwinStages(arch).Select(stage => stage with { QkvBias = Flag(arch, "qkv_bias", true) });
        return new SwinBackbone([.. stages]) { PatchSize = First(arch.GetProperty("patch_size")), Windowing = windowing, NormalizePatches = Flag(arch, "patch_norm", true) };
    }

    private static SwinV2Backbone SwinV2(JsonElement arch, SwinWindowing windowing)
    {
        var pretrained = arch.TryGetProperty("pretrained_window_sizes", out var sizes) ? sizes.EnumerateArray().Select(First).ToArray() : null;
        var stages = SwinStages(arch).Select((stage, i) => new SwinV2Stage(stage.Width, stage.Blocks) { QkvBias = Flag(arch, "qkv_bias", true), PretrainedWindow = pretrained?[i] ?? 0 });
        return new SwinV2Backbone([.. stages]) { PatchSize = First(arch.GetProperty("patch_size")), Windowing = windowing, NormalizePatches = Flag(arch, "patch_norm", true) };
    }

    private static IEnumerable<SwinStage> SwinStages(JsonElement arch)
    {
        var width = Number(arch, "embed_dim") ?? arch.GetProperty("embed_dims").GetInt32();
        var heads = Numbers(arch, "num_heads");
        var size = arch.GetProperty("window_size");
        return Numbers(arch, "depths").Select((depth, i) =>
        {
            var stage = SwinStage.Uniform(width << i, depth, heads[i], First(size), arch.GetProperty("mlp_ratio").GetDouble());
            return stage with { Blocks = [.. stage.Blocks.Select(block => block with { WindowWidth = Last(size) == First(size) ? 0 : Last(size) })] };
        });
    }

    private static Architecture UperNet(JsonElement arch, JsonElement head, string width)
    {
        var classes = Number(arch, "num_classes") ?? arch.GetProperty("num_labels").GetInt32();
        return new Architecture(
            Swin(arch.GetProperty("backbone"), SwinWindowing.Full),
            new UperNetHead(head.GetProperty(width).GetInt32()) { PoolScales = [.. Numbers(head, "pool_scales")] },
            classes);
    }

    private static AuxiliaryHead? Auxiliary(JsonElement head, string prefix, int? level)
    {
        if (Number(head, prefix + "channels") is not { } width)
            return null;
        return new AuxiliaryHead([.. Enumerable.Repeat(width, Number(head, prefix + "num_convs") ?? 1)])
        {
            Level = level,
            JoinedWidth = Flag(head, prefix + "concat_input", false) ? width : 0,
        };
    }

    private static MobileVitBackbone MobileVit(JsonElement arch)
    {
        var necks = Numbers(arch, "neck_hidden_sizes");
        var backbone = MobileVitBackbone.Published(necks[0], necks.AsSpan(1, 5), Numbers(arch, "hidden_sizes"), [2, 4, 3], arch.GetProperty("expand_ratio").GetDouble(), necks[6]);
        var (heads, ratio, patch) = (Number(arch, "num_attention_heads") ?? 4, arch.TryGetProperty("mlp_ratio", out var given) ? given.GetDouble() : 2, Number(arch, "patch_size") ?? 2);
        return backbone with
        {
            Stages = [.. backbone.Stages.Select(stage => stage with
            {
                Transformer = stage.Transformer is { } block ? block with { Patch = patch, Blocks = TransformerBlock.Uniform(block.Width, block.Blocks.Count, heads, ratio) } : null,
            })],
        };
    }

    private static int First(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value[0].GetInt32() : value.GetInt32();

    private static int Last(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value[value.GetArrayLength() - 1].GetInt32() : value.GetInt32();

    private static int? Number(JsonElement arch, string key) => arch.TryGetProperty(key, out var value) ? value.GetInt32() : null;

    private static int[] Numbers(JsonElement arch, string key) => [.. arch.GetProperty(key).EnumerateArray().Select(value => value.GetInt32())];

    private static bool Flag(JsonElement arch, string key, bool otherwise) => arch.TryGetProperty(key, out var value) ? value.GetBoolean() : otherwise;
}
