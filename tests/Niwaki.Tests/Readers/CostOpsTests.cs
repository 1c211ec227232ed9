namespace Niwaki.Tests;

public class CostOpsTests
{
    private static readonly SwinBackbone SwinTiny = new([
        SwinStage.Uniform(96, 2, 3, 7),
        SwinStage.Uniform(192, 2, 6, 7),
        SwinStage.Uniform(384, 6, 12, 7),
        SwinStage.Uniform(768, 2, 24, 7),
    ]);

    [Fact]
    public void Swin_tiny_costs_what_its_paper_says()
    {
        // arXiv:2103.14030, table 1: 28 M parameters, 4.5 GFLOPs (multiply-accumulates) at 224
        var cost = CostOps.Of(new Architecture(SwinTiny, new LinearHead(), 1000), 224, 224);
        Assert.Equal(28_288_354, cost.Parameters);
        Assert.InRange(cost.Macs.Value, 4.45e9, 4.55e9);
    }

    [Fact]
    public void Multiply_accumulates_of_a_small_Swin_add_up_by_hand()
    {
        var backbone = new SwinBackbone([new SwinStage(8, [new SwinBlock(2, 4, 16, 2)])]);
        var details = CostOps.Details(new Architecture(backbone, new LinearHead(), 5), 16, 16);
        var macs = details.Layers.ToDictionary(layer => layer.Name, layer => layer.Macs.Value);
        Assert.Equal(16 * 8 * 3 * 16, macs["backbone.patch_embed.proj"]);               // a grid of 4 x 4
        Assert.Equal(16 * 8 * 8, macs["backbone.stages.0.blocks.0.attn.q"]);
        Assert.Equal(4 * (4 * 4) * (8 + 8), macs["backbone.stages.0.blocks.0.attn"]);   // 4 windows of 4 tokens
        Assert.Equal(16 * 8 * 16, macs["backbone.stages.0.blocks.0.mlp.fc2"]);
        Assert.Equal(8 * 5, macs["head.fc"]);
        Assert.Equal(details.Layers.Sum(layer => layer.Macs.Value), details.Total.Macs.Value);
    }

    [Fact]
    public void Every_parameter_is_on_exactly_one_line()
    {
        var architecture = new Architecture(SwinTiny, new UperNetHead(64), 14);
        var details = CostOps.Details(architecture, 128, 128);
        Assert.Equal(ParameterOps.Of(architecture, 128, 128).Where(spec => !spec.IsBuffer).Sum(spec => spec.Shape.Elements), details.Total.Parameters);
    }

    [Fact]
    public void Peak_memory_is_the_largest_moment_of_the_forward()
    {
        var backbone = new SwinBackbone([new SwinStage(8, [new SwinBlock(2, 4, 64, 2)])]);
        var details = CostOps.Details(new Architecture(backbone, new LinearHead(), 5), 16, 16);
        // while fc1 runs: the residual stream, its normalised copy, and the hidden layer, 16 tokens of 4 bytes
        var fc1 = details.Layers.Single(layer => layer.Name.EndsWith("fc1", StringComparison.Ordinal));
        Assert.Equal(16 * 4 * (8 + 8 + 64), fc1.Peak.Value);
        Assert.Equal(16 * 4 * 64, fc1.Output.Value);
        Assert.Equal(fc1.Peak, details.PeakActivations);
    }
}
