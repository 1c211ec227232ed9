using System.Text.Json;

namespace Niwaki;

/// <summary>Hugging Face transformers' SegFormer: classification and segmentation.</summary>
public sealed record HuggingFaceSegformerNaming : Naming
{
    private const string Root = @"(?:segformer\.)?encoder\.";
    private const string Block = Root + @"block\.(\d+)\.(\d+)\.";
    private const string Ours = "backbone.stages.$1.blocks.$2.";

    /// <inheritdoc/>
    protected internal override Architecture AsComputed(Architecture architecture, JsonElement? config) =>
        architecture.Backbone is MitBackbone mit ? architecture with { Backbone = mit with { Epsilon = 1e-5, EmbeddingEpsilon = 1e-5 } } : architecture;

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(Root + @"patch_embeddings\.(\d+)\.(proj|layer_norm)", match => $"backbone.stages.{match.Groups[1].Value}.patch_embed.{(match.Groups[2].Value == "proj" ? "proj" : "norm")}"),
        NameRule.Layer(Block + @"layer_norm_(1|2)", Ours + "norm$3"),
        NameRule.Layer(Block + @"attention\.self\.(q|k|v)(?:uery|ey|alue)", Ours + "attn.$3"),
        NameRule.Layer(Block + @"attention\.self\.sr", Ours + "attn.sr"),
        NameRule.Layer(Block + @"attention\.self\.layer_norm", Ours + "attn.norm"),
        NameRule.Layer(Block + @"attention\.output\.dense", Ours + "attn.proj"),
        NameRule.Layer(Block + @"mlp\.dense(1|2)", Ours + "mlp.fc$3"),
        NameRule.Layer(Block + @"mlp\.dwconv\.dwconv", Ours + "mlp.depthwise"),
        NameRule.Layer(Root + @"layer_norm\.(\d+)", "backbone.stages.$1.norm"),
        NameRule.Layer(@"decode_head\.linear_c\.(\d+)\.proj", "head.levels.$1"),
        NameRule.Layer(@"decode_head\.linear_fuse", "head.fuse.conv"),
        NameRule.Layer(@"decode_head\.batch_norm", "head.fuse.bn"),
        NameRule.Layer(@"decode_head\.classifier", "head.classifier"),
        NameRule.Layer("classifier", "head.fc"),
    ];
}
