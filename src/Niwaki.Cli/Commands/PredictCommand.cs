using System.CommandLine;
using Niwaki.Onnx;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki predict MODEL --device PROFILE</c>: a latency that nobody measured, with how far such predictions were off where models were measured.</summary>
internal static class PredictCommand
{
    private const int Shown = 8;

    private sealed record Told(string Device, string Runtime, int Threads, TimeSpan Predicted, TimeSpan Shortest, TimeSpan Longest, IReadOnlyList<PredictedLayer> Layers, double MedianFactor, double WorstFactor, string Basis);

    public static Command Make(Session session)
    {
        var model = new Argument<string>("model") { Description = "The folder of an ONNX model, or an ONNX file of any origin." };
        var runtime = new Option<string?>("--runtime") { Description = "One of its runtimes. [all that compute in the graph's precision]", HelpName = "name" };
        var threads = new Option<int?>("--threads") { Description = "Threads for a processor. [the profile's]", HelpName = "n" };
        var fit = new Option<string?>("--fit") { Description = "What 'niwaki roofline' found on a machine. [what was found on this project's]", HelpName = "file" };
        var common = new CommonOptions();
        common.Device.Required = true;
        common.Device.Description = "The device's profile, such as devices/jetson-nano-4gb.json; or several.";
        var command = new Command("predict", "Predicts the latency of a model on a device that is not here, from its products, its bytes and the device's data sheet; with how far such predictions were off where models were measured. A prediction is never a measurement: 'niwaki-edge bench' measures on the device.") { model, common.Device, runtime, threads, fit };
        common.AddTo(command, common.Json);
        command.SetAction(parsed =>
        {
            return session.Logged(parsed.GetValue(common.Json), log =>
            {
                var path = parsed.GetRequiredValue(model);
                using var adopted = File.Exists(path) ? StageInput.Open(session, new Optimize(), path, null, log) : null;
                var layers = GraphWork.Of(adopted?.Artifact as OnnxModel ?? ArtifactStore.Open<OnnxModel>(path, session.Words), session.Words);
                var given = Prediction.Fit(parsed.GetValue(fit), session.Words);
                var predicted = parsed.GetRequiredValue(common.Device).SelectMany(profile => Predict(layers, DeviceProfile.Read(profile, session.Words), parsed.GetValue(runtime), parsed.GetValue(threads), given)).ToArray();
                if (parsed.GetValue(common.Json))
                    session.Json(new { predicted = predicted.Select(each => Tell(each.Whole, each.Layers)) });
                else
                    Print(session, predicted);
                return ExitCode.Done;
            });
        });
        return command;
    }

    private static IEnumerable<(LatencyPrediction Whole, IReadOnlyList<PredictedLayer> Layers)> Predict(IReadOnlyList<LayerWork> layers, DeviceProfile profile, string? runtime, int? threads, RooflineFit fit)
    {
        if (threads is < 1 || threads > profile.Cores)
            throw new StageException($"--threads: is {threads}, but {profile.Name} has {profile.Cores} cores; give 1 to {profile.Cores}.");
        var count = threads ?? Prediction.ThreadsOf(profile);
        var able = Prediction.RuntimesFor(layers, profile).ToArray();
        if (runtime is not null && !able.Contains(profile.Runtime(runtime)))
            throw new StageException($"--runtime: {runtime} of {profile.Name} computes in {string.Join(", ", profile.Runtime(runtime).Precisions.Select(precision => Catalog.Kebab(precision.ToString())))}, but the graph has products in 8 bits, which it would refuse. Give the float graph, or another runtime.");
        return able.Where(each => runtime is null || each.Name == runtime).Select(each => (LatencyPrediction.Of(layers, profile, each, count, fit), LatencyPrediction.LayersOf(layers, profile, each, count, fit)));
    }

    private static Told Tell(LatencyPrediction whole, IReadOnlyList<PredictedLayer> layers) =>
        new(whole.Device, whole.Runtime, whole.Threads, whole.Predicted, whole.Shortest, whole.Longest, layers, whole.MedianFactor, whole.WorstFactor, whole.Basis);

    private static void Print(Session session, IReadOnlyList<(LatencyPrediction Whole, IReadOnlyList<PredictedLayer> Layers)> predicted)
    {
        PredictionView.Print(session, [.. predicted.Select(each => each.Whole)]);
        if (predicted is not [var only])
            return;
        var layers = new Table().Border(TableBorder.Simple).AddColumn("slowest layers").AddColumn("operator").AddColumn(new TableColumn("products").RightAligned()).AddColumn(new TableColumn("bytes").RightAligned()).AddColumn(new TableColumn("predicted").RightAligned());
        foreach (var layer in only.Layers.Take(Shown))
            layers.AddRow(Markup.Escape(layer.Name), Markup.Escape(layer.Operator), layer.Macs.ToString(), layer.Moved.ToString(), PredictionView.Time(layer.Predicted));
        session.Output.Write(layers);
    }
}
