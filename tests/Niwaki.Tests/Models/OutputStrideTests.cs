using System.Text.Json;

namespace Niwaki.Tests;

public sealed class OutputStrideTests
{
    private static readonly MobileVitBackbone Published = (MobileVitBackbone)Presets.Architecture("mobilevit-xxs+linear", 3).Backbone;

    [Theory]
    [InlineData(32, new[] { 4, 8, 16, 32 }, new[] { 1, 1 })]
    [InlineData(16, new[] { 4, 8, 16, 16 }, new[] { 1, 1 })]
    [InlineData(8, new[] { 4, 8, 8, 8 }, new[] { 1, 2 })]
    public void The_last_stages_stay_at_the_output_stride_and_are_dilated_after_the_first(int stride, int[] strides, int[] dilations)
    {
        var backbone = Published.WithOutputStride(stride);
        var features = backbone.Features(new ParameterOps(), new Shape(1, 3, 128, 128));
        Assert.Equal(strides, features.Select(feature => 128 / feature[2]));
        Assert.Equal(dilations, backbone.Stages.TakeLast(2).Select(stage => stage.Convolutions[0].Dilation));
    }

    [Fact]
    public void A_stride_can_be_taken_back() =>
        Assert.Equal(Published, Published.WithOutputStride(8).WithOutputStride(16).WithOutputStride(32));

    [Fact]
    public void A_stage_that_no_longer_steps_and_keeps_its_width_adds_its_input()
    {
        var even = MobileVitBackbone.Published(8, [8, 8, 8, 16, 16], [16, 16, 16], [1, 1, 1], 2, 16);
        Assert.False(even.Stages[4].Convolutions[0].Residual);
        Assert.True(even.WithOutputStride(16).Stages[4].Convolutions[0].Residual);
        Assert.False(even.WithOutputStride(16).Stages[3].Convolutions[0].Residual);
    }

    [Fact]
    public void Hugging_faces_description_tells_stride_and_dilations()
    {
        var architecture = Presets.Architecture("mobilevit-xxs+deeplabv3-64", 3);
        using var config = JsonDocument.Parse("""{ "output_stride": 8, "atrous_rates": [2, 5] }""");
        var told = new HuggingFaceMobileVitNaming().AsComputed(architecture, config.RootElement);
        Assert.Equal(Published.WithOutputStride(8), told.Backbone);
        Assert.Equal([2, 5], ((DeepLabV3Head)told.Head).Rates);
        Assert.Equal(architecture, new HuggingFaceMobileVitNaming().AsComputed(architecture with { Backbone = Published }, null));
        Assert.Equal(architecture with { Head = new UperNetHead(8) }, new HuggingFaceMobileVitNaming().AsComputed(architecture with { Head = new UperNetHead(8) }, config.RootElement));
    }
}
