namespace Niwaki;

/// <summary>timm's ViT and DeiT.</summary>
public sealed record TimmVitNaming : Naming
{
    /// <inheritdoc/>
    protected override bool AntialiasPositions => true;

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset)
    {
        var usual = base.PreprocessOf(architecture, preset) with { Interpolation = Interpolation.Bicubic };
        return preset?.StartsWith("vit-", StringComparison.Ordinal) == true ? usual with { Mean = [0.5f, 0.5f, 0.5f], Std = [0.5f, 0.5f, 0.5f] } : usual;
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Tensor("(cls_token|dist_token|pos_embed)", "backbone.$1"),
        NameRule.Layer(@"(patch_embed\.proj|norm|fc_norm)", "backbone.$1"),
        NameRule.Qkv(@"blocks\.(\d+)\.attn\.qkv", "backbone.blocks.$1.attn.*"),
        NameRule.Layer(@"blocks\.(\d+)\.(norm1|norm2|attn\.proj|mlp\.fc1|mlp\.fc2)", "backbone.blocks.$1.$2"),
        NameRule.Layer("head", "head.fc"),
        NameRule.Layer("head_dist", "head.fc_dist"),
    ];
}
