namespace Niwaki.Parity.Tests;

/// <summary>The reference implementations' numbers through the exported graph on ONNX Runtime, for current runtimes and for old ones.</summary>
public sealed class OnnxParityTests
{
    public static TheoryData<string> Networks() => Golden.Networks();

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_graph_of_opset_17_gives_the_numbers_of_the_reference_implementation(string name) => Parity.Check(name, Runs.Onnx(17), onnx: true);

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_graph_of_opset_13_gives_the_numbers_of_the_reference_implementation(string name) => Parity.Check(name, Runs.Onnx(13), onnx: true);

    [Theory]
    [InlineData(17)]
    [InlineData(13)]
    public void Every_feature_of_a_backbone_has_the_numbers_of_the_reference_implementation(int opset)
    {
        Parity.Check("timm_swin_features", (architecture, weights, image) =>
        {
            var bare = (SwinBackbone)architecture.Backbone with { NormalizeFeatures = false };
            var taps = Enumerable.Range(0, 4).ToDictionary(level => $"backbone.stages.{level}", level =>
            {
                var feature = Runs.Onnx(opset)(architecture with { Backbone = bare, Head = new FeatureHead(level) }, weights, image).Logits;
                var grid = new ReferenceOps(new Dictionary<string, Weight>()).ImageToGrid(feature);
                return (new FeatureTap("feature", FeatureLayout.Grid, grid.Shape[1], grid.Shape[2]), grid);
            });
            return new Outcome(taps["backbone.stages.3"].grid, taps);
        });
    }
}
