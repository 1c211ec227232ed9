namespace Niwaki.Tests;

public class CostOpsTests
{
    // timm's benchmark tables; their counter adds 2 operations for each element of a BatchNorm and 5 for each of a LayerNorm
    [Theory]
    [InlineData("swin-tiny", 224, 28_288_354, 4.51)]
    [InlineData("swin-small", 224, 49_606_258, 8.77)]
    [InlineData("swin-base", 224, 87_768_224, 15.47)]
    [InlineData("vit-tiny-16", 224, 5_717_416, 1.26)]
    [InlineData("deit-small", 224, 22_050_664, 4.61)]
    [InlineData("deit-base", 224, 86_567_656, 17.58)]
    [InlineData("resnet-18", 224, 11_689_512, 1.82)]
    [InlineData("resnet-34", 224, 21_797_672, 3.67)]
    [InlineData("resnet-50", 224, 25_557_032, 4.11)]
    [InlineData("resnet-101", 224, 44_549_160, 7.83)]
    [InlineData("mobilevit-xxs", 256, 1_272_024, 0.42)]
    [InlineData("mobilevit-xs", 256, 2_317_848, 1.05)]
    [InlineData("mobilevit-s", 256, 5_578_632, 2.03)]
    [InlineData("efficientvit-b1", 224, 9_102_024, 0.53)]
    [InlineData("efficientvit-b2", 224, 24_330_712, 1.6)]
    public void Published_models_cost_what_is_published(string backbone, int side, long parameters, double giga)
    {
        var details = CostOps.Details(Presets.Architecture($"{backbone}+linear", 1000), side, side);
        var norms = details.Layers.Sum(layer => layer.Output.Value / sizeof(float) * (layer.Name.EndsWith(".bn", StringComparison.Ordinal) ? 2 : layer.Name.Contains("norm", StringComparison.Ordinal) ? 5 : 0));
        Assert.Equal(parameters, details.Total.Parameters);
        Assert.Equal(giga, Math.Round((details.Total.Macs.Value + norms) / 1e9, 2));
    }

    // the same tables; their counter adds 5 operations for each element of a GroupNorm, too, and the MLPs of Swin v2's position biases, which are constants here
    [Theory]
    [InlineData("swinv2-tiny", 256, 5.96)]
    [InlineData("swinv2-tiny-window16", 256, 6.68)]
    [InlineData("swinv2-small", 256, 11.58)]
    [InlineData("swinv2-base", 256, 20.37)]
    [InlineData("swinv2-base-window12to24", 384, 55.25)]
    [InlineData("mobilevitv2-050", 256, 0.48)]
    [InlineData("mobilevitv2-100", 256, 1.84)]
    [InlineData("mobilevitv2-200", 256, 7.22)]
    public void Published_models_of_later_families_cost_what_is_published(string backbone, int side, double giga)
    {
        var architecture = Presets.Architecture($"{backbone}+linear", 1000);
        var details = CostOps.Details(architecture, side, side);
        var norms = details.Layers.Sum(layer => layer.Output.Value / sizeof(float) * (layer.Name.EndsWith(".bn", StringComparison.Ordinal) ? 2 : layer.Name.Contains("norm", StringComparison.Ordinal) ? 5 : 0));
        var biases = (architecture.Backbone as SwinV2Backbone)?.Stages.Index().Sum(stage =>
        {
            var window = Math.Min(stage.Item.Blocks[0].Window, side / 4 >> stage.Index);
            return stage.Item.Blocks.Sum(block => Math.Pow((2 * window) - 1, 2) * 512 * (2 + block.Heads));
        }) ?? 0;
        Assert.Equal(giga, Math.Round((details.Total.Macs.Value + norms + biases) / 1e9, 2));
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
        var architecture = Presets.Architecture("mobilevit-xxs+upernet-64", 14);
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
        // and while its GELU does: the stream, what goes in and comes out, and a map for the gate
        Assert.Equal(16 * 4 * (8 + (3 * 64)), details.PeakActivations.Value);
    }
}
