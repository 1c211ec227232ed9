namespace Niwaki;

/// <summary>timm's TinyViT.</summary>
public sealed record TimmTinyVitNaming : Naming
{
    private const string Block = @"stages\.(\d+)\.blocks\.(\d+)\.";
    private const string Ours = "backbone.stages.$1.blocks.$2.";

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) => TinyVitFeeding.Of(base.PreprocessOf(architecture, preset), architecture, preset);

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Skip(@".*\.attention_bias_idxs"),
        NameRule.Layer(@"patch_embed\.conv1\.(conv|bn)", "backbone.stem.0.$1"),
        NameRule.Layer(@"patch_embed\.conv2\.(conv|bn)", "backbone.stem.1.$1"),
        NameRule.Layer(Block + @"conv1\.(conv|bn)", "backbone.stages.$1.convs.$2.expand.$3"),
        NameRule.Layer(Block + @"conv2\.(conv|bn)", "backbone.stages.$1.convs.$2.depthwise.$3"),
        NameRule.Layer(Block + @"conv3\.(conv|bn)", "backbone.stages.$1.convs.$2.project.$3"),
        NameRule.Layer(@"stages\.(\d+)\.downsample\.conv1\.(conv|bn)", "backbone.stages.$1.downsample.expand.$2"),
        NameRule.Layer(@"stages\.(\d+)\.downsample\.conv2\.(conv|bn)", "backbone.stages.$1.downsample.depthwise.$2"),
        NameRule.Layer(@"stages\.(\d+)\.downsample\.conv3\.(conv|bn)", "backbone.stages.$1.downsample.project.$2"),
        NameRule.Tensor(Block + @"attn\.attention_biases", Ours + "attn.attention_biases"),
        NameRule.Layer(Block + @"attn\.norm", Ours + "norm1"),
        NameRule.QkvPerHead(Block + @"attn\.qkv", Ours + "attn.*"),
        NameRule.Layer(Block + @"mlp\.norm", Ours + "norm2"),
        NameRule.Layer(Block + @"(attn\.proj|mlp\.fc1|mlp\.fc2)", Ours + "$3"),
        NameRule.Layer(Block + @"local_conv\.(conv|bn)", Ours + "spatial.$3"),
        NameRule.Layer(@"head\.norm", "backbone.norm"),
        NameRule.Layer(@"head\.fc", "head.fc"),
    ];
}
