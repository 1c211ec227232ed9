using System.Text.Json;

namespace Niwaki.Cli.Tests;

/// <summary>Latencies that nobody measured, and how far they may be off.</summary>
public sealed class PredictCommandTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void A_prediction_is_called_one_and_shown_with_its_error()
    {
        var (code, output, errors) = cli.Run("predict", Model("a", 32), "--device", Device("jetson-nano-4gb"));
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Contains("latency, predicted", output);
        Assert.Contains("predicted, not measured", output);
        Assert.Contains("all within", output);
        Assert.Contains("nothing was measured on this device", output);
        Assert.DoesNotContain("measured on jetson", output);
        Assert.Contains("tensorrt8", output);
    }

    [Fact]
    public void A_file_of_any_origin_is_predicted_like_the_artifact_that_it_comes_from()
    {
        var model = Model("a", 32);
        Assert.Equal(Milliseconds(model, "raspberry-pi-4", 4), Milliseconds(Path.Combine(model, "model.onnx"), "raspberry-pi-4", 4));
        File.WriteAllText(cli.Of("x.onnx"), "no graph");
        Assert.Contains("is not a whole ONNX file", cli.Run("predict", cli.Of("x.onnx"), "--device", Device("raspberry-pi-4")).Errors);
    }

    [Fact]
    public void A_larger_picture_and_a_slower_board_take_longer()
    {
        var (small, large) = (Model("a", 32), Model("b", 128));
        Assert.True(Milliseconds(large, "raspberry-pi-4", 4) > 2 * Milliseconds(small, "raspberry-pi-4", 4));
        Assert.True(Milliseconds(large, "raspberry-pi-4", 4) > Milliseconds(large, "x86-64-avx512", 2));
        Assert.True(Milliseconds(large, "raspberry-pi-4", 1) > Milliseconds(large, "raspberry-pi-4", 4));
    }

    [Fact]
    public void What_cannot_be_predicted_is_refused_with_a_reason()
    {
        var model = Model("a", 32);
        Assert.Contains("has 4 cores", cli.Run("predict", model, "--device", Device("raspberry-pi-4"), "--threads", "5").Errors);
        Assert.Contains("has no runtime 'tensor'", cli.Run("predict", model, "--device", Device("raspberry-pi-4"), "--runtime", "tensor").Errors);
        Assert.Contains("there is no such device profile", cli.Run("predict", model, "--device", cli.Of("nano.json")).Errors);
        Assert.Contains("there is no such file", cli.Run("predict", model, "--device", Device("raspberry-pi-4"), "--fit", cli.Of("fit.json")).Errors);
        Assert.Contains("is a torch-model", cli.Run("predict", cli.Of("a"), "--device", Device("raspberry-pi-4")).Errors);
    }

    [Fact]
    public void A_fit_needs_models_enough_and_leaves_nothing_behind()
    {
        var (code, _, errors) = cli.Run("roofline", Model("a", 32), "--device", Device("x86-64-avx512"), "--out", cli.Of("fit.json"));
        Assert.Equal(1, code);
        Assert.Contains("at least 6", errors);
        (code, _, errors) = cli.Run("roofline", cli.Of("a-onnx"), "--device", Device("x86-64-avx512"), "--of", Path.Combine(Path.GetDirectoryName(Device("x86-64"))!, "measured", "roofline.json"), "--out", cli.Of("fit.json"));
        Assert.Equal(1, code);
        Assert.Contains("at least 6 are needed to tell how far predictions are off here", errors);
        Assert.False(File.Exists(cli.Of("fit.json")));
    }

    private double Milliseconds(string model, string device, int threads)
    {
        var (code, output, errors) = cli.Run("predict", model, "--device", Device(device), "--threads", $"{threads}", "--json");
        Assert.True(code == 0, errors);
        using var json = JsonDocument.Parse(output);
        var only = Assert.Single(json.RootElement.GetProperty("predicted").EnumerateArray().ToArray());
        Assert.True(only.GetProperty("worstFactor").GetDouble() >= only.GetProperty("medianFactor").GetDouble());
        return only.GetProperty("predicted").GetDouble() * 1000;
    }

    private string Model(string name, int size) => UntrainedModel.Export(cli, "mobilevit-micro+upernet-16", size, name);

    private static string Device(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "devices", $"{name}.json")))
                return Path.Combine(folder.FullName, "devices", $"{name}.json");
        }

        throw new InvalidOperationException($"devices/{name}.json was not found above {AppContext.BaseDirectory}");
    }
}
