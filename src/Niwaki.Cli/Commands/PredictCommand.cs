using System.CommandLine;
using System.Globalization;
using Niwaki.Onnx;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki predict MODEL --device PROFILE</c>: a latency that nobody measured, with how far such predictions were off where models were measured.</summary>
internal static class PredictCommand
{
    private const string Resource = "roofline.json";
    private const int Shown = 8;

    public static Command Make(Session session)
    {
        var model = new Argument<string>("model") { Description = "The folder of an ONNX model, or an ONNX file of any origin." };
        var device = new Option<string[]>("--device") { Description = "The device's profile, such as devices/jetson-nano-4gb.json; or several.", HelpName = "file", AllowMultipleArgumentsPerToken = true, Required = true };
        var runtime = new Option<string?>("--runtime") { Description = "One of its runtimes. [all of them]", HelpName = "name" };
        var threads = new Option<int?>("--threads") { Description = "Threads for a processor. [the profile's]", HelpName = "n" };
        var fit = new Option<string?>("--fit") { Description = "What 'niwaki roofline' found on a machine. [what was found on this project's]", HelpName = "file" };
        var common = new CommonOptions();
        var command = new Command("predict", "Predicts the latency of a model on a device that is not here, from its products, its bytes and the device's data sheet; with how far such predictions were off where models were measured. A prediction is never a measurement: 'niwaki-edge bench' measures on the device.") { model, device, runtime, threads, fit };
        common.AddTo(command, common.Json);
        command.SetAction(parsed =>
        {
            return session.Logged(parsed.GetValue(common.Json), log =>
            {
                var path = parsed.GetRequiredValue(model);
                using var adopted = File.Exists(path) ? StageInput.Open(session, new Optimize(), path, null, log) : null;
                var layers = GraphWork.Of(adopted?.Artifact as OnnxModel ?? ArtifactStore.Open<OnnxModel>(path, session.Words), session.Words);
                var given = Fit(parsed.GetValue(fit), session.Words);
                var predictions = parsed.GetRequiredValue(device).SelectMany(profile => Predict(layers, DeviceProfile.Read(profile, session.Words), parsed.GetValue(runtime), parsed.GetValue(threads), given)).ToArray();
                if (parsed.GetValue(common.Json))
                    session.Json(new { predicted = predictions });
                else
                    Print(session, predictions);
                return ExitCode.Done;
            });
        });
        return command;
    }

    private static IEnumerable<LatencyPrediction> Predict(IReadOnlyList<LayerWork> layers, DeviceProfile profile, string? runtime, int? threads, RooflineFit fit)
    {
        if (threads is < 1 || threads > profile.Cores)
            throw new StageException($"--threads: is {threads}, but {profile.Name} has {profile.Cores} cores; give 1 to {profile.Cores}.");
        var count = threads ?? (profile.Threads > 0 ? Math.Min(profile.Threads, profile.Cores) : profile.Cores);
        var runtimes = runtime is null ? profile.Runtimes : (IEnumerable<DeviceRuntime>)[profile.Runtime(runtime)];
        return runtimes.Select(each => LatencyPrediction.Of(layers, profile, each, count, fit));
    }

    private static RooflineFit Fit(string? path, Vocabulary words)
    {
        if (path is not null && !File.Exists(path))
            throw new StageException($"{path}: there is no such file. 'niwaki roofline' writes it.");
        using var reader = path is null ? new StreamReader(typeof(PredictCommand).Assembly.GetManifestResourceStream(Resource)!) : new StreamReader(path);
        var fit = words.Read<RooflineFit>(reader.ReadToEnd(), path ?? Resource);
        return fit.Points.Count > 0 && fit.Points.All(point => point.Measured > TimeSpan.Zero && point.Predicted > TimeSpan.Zero)
            ? fit
            : throw new StageException($"{path}: has no models with times above zero. Make it again with 'niwaki roofline'.");
    }

    private static void Print(Session session, IReadOnlyList<LatencyPrediction> predictions)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("device").AddColumn("runtime").AddColumn(new TableColumn("threads").RightAligned()).AddColumn(new TableColumn("latency, predicted").RightAligned()).AddColumn(new TableColumn("within the error").RightAligned());
        foreach (var prediction in predictions)
            table.AddRow(Markup.Escape(prediction.Device), Markup.Escape(prediction.Runtime), prediction.Threads == 0 ? "–" : $"{prediction.Threads}", Milliseconds(prediction.Predicted), $"{Milliseconds(prediction.Range.Shortest)} – {Milliseconds(prediction.Range.Longest)}");
        session.Output.Write(table);
        foreach (var group in predictions.GroupBy(prediction => prediction.Basis))
            session.Line(string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", group.Select(prediction => $"{prediction.Device} ({prediction.Runtime})"))}: predicted, not measured. The method's error: half of the models within a factor of {group.First().MedianFactor:0.00}, all within {group.First().WorstFactor:0.00}; {group.Key}"));
        if (predictions is not [var only])
            return;
        var layers = new Table().Border(TableBorder.Simple).AddColumn("slowest layers").AddColumn("operator").AddColumn(new TableColumn("products").RightAligned()).AddColumn(new TableColumn("bytes").RightAligned()).AddColumn(new TableColumn("predicted").RightAligned());
        foreach (var layer in only.Layers.Take(Shown))
            layers.AddRow(Markup.Escape(layer.Name), Markup.Escape(layer.Operator), layer.Macs.ToString(), layer.Moved.ToString(), Milliseconds(layer.Predicted));
        session.Output.Write(layers);
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.00} ms");
}
