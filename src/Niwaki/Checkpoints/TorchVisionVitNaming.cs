namespace Niwaki;

/// <summary>torchvision's VisionTransformer.</summary>
public sealed record TorchVisionVitNaming : Naming
{
    private const string Layer = @"encoder\.layers\.encoder_layer_(\d+)\.";

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Tensor("class_token", "backbone.cls_token"),
        NameRule.Tensor(@"encoder\.pos_embedding", "backbone.pos_embed"),
        NameRule.Layer("conv_proj", "backbone.patch_embed.proj"),
        NameRule.Layer(Layer + "ln_(1|2)", "backbone.blocks.$1.norm$2"),
        NameRule.Qkv(Layer + @"self_attention\.in_proj", "backbone.blocks.$1.attn.*"),
        NameRule.Layer(Layer + @"self_attention\.out_proj", "backbone.blocks.$1.attn.proj"),
        NameRule.Layer(Layer + @"mlp\.(?:0|linear_1)", "backbone.blocks.$1.mlp.fc1"),
        NameRule.Layer(Layer + @"mlp\.(?:3|linear_2)", "backbone.blocks.$1.mlp.fc2"),
        NameRule.Layer(@"encoder\.ln", "backbone.norm"),
        NameRule.Layer(@"heads\.head", "head.fc"),
    ];
}
