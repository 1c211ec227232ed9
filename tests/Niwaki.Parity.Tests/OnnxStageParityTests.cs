namespace Niwaki.Parity.Tests;

/// <summary>What each stage of a backbone gives through an exported graph: the maps that dense heads read.</summary>
public sealed class OnnxStageParityTests
{
    public static TheoryData<string> Networks() => Golden.Networks();

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_stage_of_an_exported_backbone_has_the_numbers_of_the_reference_implementation(string name)
    {
        var golden = GoldenCase.Load(name);
        var skipped = golden.Architecture.Backbone is MobileVitBackbone or MobileVitV2Backbone ? 1 : 0; // the stage at stride 2 is no feature
        var compared = 0;
        foreach (var (suffix, image) in golden.Images)
        {
            var weights = golden.Import(image).Weights;
            foreach (var (output, ours, expected, tolerance, layout) in golden.Expected(suffix))
            {
                if (!ours.StartsWith("backbone.stages.", StringComparison.Ordinal) || !int.TryParse(ours["backbone.stages.".Length..], out var stage) || stage < skipped)
                    continue;
                var backbone = golden.Architecture.Backbone switch
                {
                    SwinBackbone swin => swin with { NormalizeFeatures = false },
                    SwinV2Backbone swin => swin with { NormalizeFeatures = false },
                    var other => other,
                };
                var map = Runs.Onnx(17)(golden.Architecture with { Backbone = backbone, Head = new FeatureHead(stage - skipped), Auxiliary = null }, weights, image).Logits;
                var value = layout == "N,C,H,W" ? map : new ReferenceOps(new Dictionary<string, Weight>()).ImageToGrid(map);
                var largest = value.Values.Zip(expected.Values, (x, y) => Math.Abs(x - y)).Max();
                Assert.True(value.Values.Length == expected.Values.Length && largest <= golden.OnnxFactor * tolerance, $"{output}: {value.Shape} differs by {largest:g3} from {expected.Shape}, allowed is {golden.OnnxFactor * tolerance:g3}");
                compared++;
            }
        }

        Assert.SkipWhen(compared == 0, $"{name}: records no output of a whole stage.");
    }
}
