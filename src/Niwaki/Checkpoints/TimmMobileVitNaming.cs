namespace Niwaki;

/// <summary>timm's MobileViT v1 and v2: the last block of a stage is the one with the transformer.</summary>
public sealed record TimmMobileVitNaming : Naming
{
    private const string Block = @"stages\.(\d+)\.";
    private const string Transformer = "backbone.stages.$1.transformer";

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) => MobileVitFeeding.Of(base.PreprocessOf(architecture, preset)) with { Interpolation = Interpolation.Bicubic };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(@"stem\.(conv|bn)", "backbone.stem.$1"),
        NameRule.Layer(Block + @"(\d+)\.conv1_1x1\.(conv|bn)", "backbone.stages.$1.convs.$2.expand.$3"),
        NameRule.Layer(Block + @"(\d+)\.conv2_kxk\.(conv|bn)", "backbone.stages.$1.convs.$2.depthwise.$3"),
        NameRule.Layer(Block + @"(\d+)\.conv3_1x1\.(conv|bn)", "backbone.stages.$1.convs.$2.project.$3"),
        NameRule.Layer(Block + @"\d+\.conv_kxk\.(conv|bn)", Transformer + ".local.$2"),
        NameRule.Layer(Block + @"\d+\.conv_1x1", Transformer + ".enter"),
        NameRule.Qkv(Block + @"\d+\.transformer\.(\d+)\.attn\.qkv", Transformer + ".blocks.$2.attn.*"),
        NameRule.Layer(Block + @"\d+\.transformer\.(\d+)\.(norm1|norm2|attn\.proj|mlp\.fc1|mlp\.fc2)", Transformer + ".blocks.$2.$3"),
        NameRule.SeparableQkv(Block + @"\d+\.transformer\.(\d+)\.attn\.qkv_proj", Transformer + ".blocks.$2.attn.*"),
        NameRule.Layer(Block + @"\d+\.transformer\.(\d+)\.attn\.out_proj", Transformer + ".blocks.$2.attn.proj"),
        NameRule.Layer(Block + @"\d+\.norm", Transformer + ".norm"),
        NameRule.Layer(Block + @"\d+\.conv_proj\.(conv|bn)", Transformer + ".leave.$2"),
        NameRule.Layer(Block + @"\d+\.conv_fusion\.(conv|bn)", Transformer + ".fusion.$2"),
        NameRule.Layer(@"final_conv\.(conv|bn)", "backbone.final.$1"),
        NameRule.Layer(@"head\.fc", "head.fc"),
    ];
}
