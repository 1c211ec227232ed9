namespace Niwaki.Tests;

public sealed class RooflineFitTests
{
    private static readonly DeviceRuntime Runtime = new("ort", RuntimeFamily.Onnxruntime, 17, [Precision.Float32, Precision.Int8]) { Float32 = new(1e11, "test"), Int8 = new(4e11, "test"), Bandwidth = new(2e10, "test") };
    private static readonly DeviceProfile Profile = new("test", DeviceArchitecture.LinuxX64, 2, new Bytes(1L << 30), new Bytes(1L << 29), [Runtime]) { Clock = new(2e9, "test") };
    private static readonly ReachedShares Truth = new(0.6, 0.3, 0.05, 0.4, 8000);

    [Fact]
    public void Shares_that_made_the_times_are_found_again_and_each_model_is_predicted_from_the_others()
    {
        var fit = RooflineFit.Of(Profile, Runtime, 1, "test", "none", Models(noise: 0));
        Assert.InRange(fit.Shares.Float32, 0.57, 0.63);
        Assert.InRange(fit.Shares.Int8, 0.285, 0.315);
        Assert.InRange(fit.Shares.Grouped, 0.0475, 0.0525);
        Assert.InRange(fit.Shares.Bandwidth, 0.38, 0.42);
        Assert.InRange(fit.WorstFactor, 1, 1.1);
    }

    [Fact]
    public void What_the_roofline_cannot_explain_shows_as_error()
    {
        var fit = RooflineFit.Of(Profile, Runtime, 1, "test", "none", Models(noise: 0.4));
        Assert.InRange(fit.WorstFactor, 1.2, 5);
        Assert.InRange(fit.MedianFactor, 1.02, fit.WorstFactor);
    }

    [Fact]
    public void Fewer_than_six_models_prove_nothing() =>
        Assert.Contains("at least 6", Assert.Throws<StageException>(() => RooflineFit.Of(Profile, Runtime, 1, "test", "none", [.. Models(0).Take(5)])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_fit_survives_json()
    {
        var fit = RooflineFit.Of(Profile, Runtime, 1, "test", "none", Models(0.1));
        Assert.Equal(fit, new Vocabulary().Read<RooflineFit>(new Vocabulary().Write(fit), "fit"));
    }

    [Fact]
    public void A_prediction_names_its_error_and_whether_anything_was_measured_on_that_device()
    {
        var fit = RooflineFit.Of(Profile, Runtime, 1, "a machine", "an engine", Models(0.1));
        var layers = Models(0)[0].Layers;
        var here = LatencyPrediction.Of(layers, Profile, Runtime, 1, fit);
        var there = LatencyPrediction.Of(layers, Profile with { Name = "another" }, Runtime, 1, fit);
        Assert.Equal(fit.WorstFactor, here.WorstFactor);
        Assert.Equal(here.Predicted.TotalMilliseconds, LatencyPrediction.LayersOf(layers, Profile, Runtime, 1, fit).Sum(layer => layer.Predicted.TotalMilliseconds), 0.0001 * layers.Count);
        Assert.True(here.Shortest < here.Predicted && here.Predicted < here.Longest);
        Assert.Contains("a machine", here.Basis, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing was measured on this device", here.Basis, StringComparison.Ordinal);
        Assert.Contains("nothing was measured on this device", there.Basis, StringComparison.Ordinal);
    }

    // each model leans on something else, or nothing could tell the shares apart
    [Fact]
    public void Where_nothing_was_measured_the_error_is_that_of_a_machine_that_the_fit_had_not_seen()
    {
        var fit = RooflineFit.Of(Profile, Runtime, 1, "machine", "engine", Models(0.1));
        var slower = Models(0.1).Select(each => (each.Model, each.Layers, each.Time * 3)).ToArray();
        var tried = fit.Tried(Profile, Runtime, 1, "another machine", slower);
        var layers = Models(0)[0].Layers;
        var (here, there) = (LatencyPrediction.Of(layers, Profile, Runtime, 1, tried), LatencyPrediction.Of(layers, Profile with { Name = "board" }, Runtime, 1, tried));
        Assert.Equal((fit.MedianFactor, fit.WorstFactor), (here.MedianFactor, here.WorstFactor));
        Assert.InRange(there.MedianFactor, 2.5, 3.5);
        Assert.True(there.WorstFactor >= there.MedianFactor);
        Assert.Equal(here.Predicted, there.Predicted);
        Assert.Contains("10 models measured on another machine, each predicted from 10 models measured on machine", there.Basis);
        Assert.DoesNotContain("another machine", here.Basis);
        Assert.Contains("at least 6", Assert.Throws<StageException>(() => fit.Tried(Profile, Runtime, 1, "another machine", slower[..3])).Message);
    }

    private static IReadOnlyList<(string Model, IReadOnlyList<LayerWork> Layers, TimeSpan Time)> Models(double noise)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, 10).Select(model =>
        {
            var lean = (WorkKind)new[] { 0, 2, 3, 4 }[model % 4];
            var layers = Enumerable.Range(0, 40).Select(i =>
            {
                var kind = i % 2 == 0 ? lean : (WorkKind)new[] { 0, 2, 3, 4 }[random.Next(4)];
                return new LayerWork($"layer{i}", "Conv", kind, new Macs(kind == WorkKind.Moving ? 0 : random.Next(100_000, 20_000_000) / (kind == WorkKind.Grouped ? 10 : 1)), new Bytes(random.Next(10_000, kind == WorkKind.Moving ? 8_000_000 : 100_000)));
            }).ToArray();
            var time = Truth.On(Profile, Runtime, 1).Of(layers) * Math.Exp(noise * ((random.NextDouble() * 2) - 1));
            return ($"model {model}", (IReadOnlyList<LayerWork>)layers, time);
        })];
    }
}
