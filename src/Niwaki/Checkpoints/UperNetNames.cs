namespace Niwaki;

/// <summary>The UPerNet head and the auxiliary head beside it, whose names libraries share across backbones.</summary>
internal static class UperNetNames
{
    private const string Module = @"decode_head\.(bottleneck|(?:lateral_convs|fpn_convs)\.\d+|fpn_bottleneck)\.";
    private const string Convolution = @"auxiliary_head\.convs\.(\d+)\.";
    private const string Joined = @"auxiliary_head\.conv_cat\.";
    private const string Pooled = @"decode_head\.psp_modules\.(\d+)\.1\.";

    /// <summary>mmsegmentation.</summary>
    public static IReadOnlyList<NameRule> MmSegmentation { get; } =
    [
        NameRule.Layer(@"decode_head\.conv_seg", "head.classifier"),
        NameRule.Layer(Module + "(conv|bn)", "head.$1.$2"),
        NameRule.Layer(Pooled + "(conv|bn)", "head.psp_modules.$1.$2"),
        NameRule.Layer(Convolution + "(conv|bn)", "auxiliary.convs.$1.$2"),
        NameRule.Layer(Joined + "(conv|bn)", "auxiliary.joined.$1"),
        NameRule.Layer(@"auxiliary_head\.conv_seg", "auxiliary.classifier"),
    ];

    /// <summary>Hugging Face transformers.</summary>
    public static IReadOnlyList<NameRule> HuggingFace { get; } =
    [
        NameRule.Layer(@"decode_head\.classifier", "head.classifier"),
        NameRule.Layer(Module + "conv", "head.$1.conv"),
        NameRule.Layer(Module + "batch_norm", "head.$1.bn"),
        NameRule.Layer(Pooled + "conv", "head.psp_modules.$1.conv"),
        NameRule.Layer(Pooled + "batch_norm", "head.psp_modules.$1.bn"),
        NameRule.Layer(Convolution + "conv", "auxiliary.convs.$1.conv"),
        NameRule.Layer(Convolution + "batch_norm", "auxiliary.convs.$1.bn"),
        NameRule.Layer(Joined + "conv", "auxiliary.joined.conv"),
        NameRule.Layer(Joined + "batch_norm", "auxiliary.joined.bn"),
        NameRule.Layer(@"auxiliary_head\.classifier", "auxiliary.classifier"),
    ];
}
