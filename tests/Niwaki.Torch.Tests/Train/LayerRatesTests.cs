namespace Niwaki.Torch.Tests;

public sealed class LayerRatesTests
{
    [Fact]
    public void Rates_fall_from_the_head_to_the_patches()
    {
        var rates = LayerRates.Of(ParameterOps.Of(TrainingBench.Tiny(), 32, 32), 0.5);

        Assert.Equal(1, rates["head.classifier.weight"]);
        Assert.True(rates["backbone.patch_embed.proj.weight"] < rates["backbone.stages.0.blocks.0.attn.q.weight"]);
        Assert.Equal(rates["backbone.stages.0.blocks.0.attn.q.weight"], rates["backbone.stages.0.blocks.0.mlp.fc2.bias"]);
        Assert.True(rates["backbone.stages.0.blocks.1.attn.q.weight"] < rates["backbone.stages.1.blocks.0.attn.q.weight"]);
        Assert.All(LayerRates.Of(ParameterOps.Of(TrainingBench.Tiny(), 32, 32), 1).Values, rate => Assert.Equal(1, rate));
    }
}
