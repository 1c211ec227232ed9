namespace Niwaki.Parity.Tests;

/// <summary>What one reader made of a picture: logits and taps, the taps in the layouts they have here.</summary>
/// <param name="Logits">At the head's own stride.</param>
/// <param name="Taps">By name.</param>
internal sealed record Outcome(ReferenceTensor Logits, IReadOnlyDictionary<string, (FeatureTap Tap, ReferenceTensor Value)> Taps);

internal static class Parity
{
    /// <summary>Runs a case and compares everything that was recorded; all differences come in one message.</summary>
    /// <param name="name">The case.</param>
    /// <param name="run">The reader.</param>
    /// <param name="onnx">Whether it is ONNX Runtime, which has no taps, and looser tolerances.</param>
    /// <param name="most">Multiply-accumulates of a picture beyond which a slow reader skips the case.</param>
    public static void Check(string name, Func<Architecture, IReadOnlyDictionary<string, Weight>, Weight, Outcome> run, bool onnx = false, double most = double.PositiveInfinity)
    {
        var golden = GoldenCase.Load(name);
        var looser = onnx ? golden.OnnxFactor : 1;
        var wrong = new List<string>();
        var compared = 0;
        foreach (var (suffix, image) in golden.Images)
        {
            var cost = CostOps.Of(golden.Architecture, image.Shape[2], image.Shape[3]).Macs.Value;
            Assert.SkipWhen(cost > most, $"{name}: {cost:e1} multiply-accumulates would take this reader too long.");
            var weights = golden.Import(image).Weights;
            var outcome = run(golden.Architecture, weights, image);
            foreach (var (output, ours, expected, tolerance, layout) in golden.Expected(suffix))
            {
                var value = ours switch
                {
                    OutputNames.Logits => outcome.Logits,
                    OutputNames.Auxiliary => run(AuxiliaryAsHead.Of(golden.Architecture), weights, image).Logits,
                    OutputNames.LogitsAtInput => new ReferenceOps(weights).Resize(outcome.Logits, image.Shape[2], image.Shape[3]),
                    OutputNames.Positions => new ReferenceTensor(weights["backbone.pos_embed"]),
                    _ when onnx => null,
                    _ => Laid(outcome.Taps[ours], layout),
                };
                if (value is null)
                    continue;
                compared++;
                var largest = value.Values.Zip(expected.Values, (x, y) => double.IsNaN(x) ? double.PositiveInfinity : Math.Abs(x - y)).Max();
                if (value.Values.Length != expected.Values.Length || largest > looser * tolerance)
                    wrong.Add($"{output}: {value.Shape} differs by {largest:g3} from {expected.Shape}, allowed is {looser * tolerance:g3}");
            }
        }

        Assert.True(wrong.Count == 0, $"{name}:\n{string.Join('\n', wrong)}");
        Assert.SkipWhen(onnx && compared == 0, $"{name}: records only intermediate results.");
        Assert.True(compared > 0, $"{name}: nothing was compared.");
    }

    private static ReferenceTensor Laid((FeatureTap Tap, ReferenceTensor Value) tapped, string layout) =>
        layout == "N,C,H,W"
            ? tapped.Tap.ToImage(new ReferenceOps(new Dictionary<string, Weight>()), tapped.Value)
            : tapped.Value;                                                             // grids and tokens lie the same
}
