using System.CommandLine;
using Niwaki.Onnx;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki lint FILE --device devices/X.json</c>: what a board's runtime cannot take, and what mends it.</summary>
internal static class LintCommand
{
    private const long MostWeights = 1L << 30;

    public static Command Make(Session session)
    {
        var file = new Argument<string>("file") { Description = "An ONNX file of any origin, or the folder of an onnx-model." };
        var device = new Option<string>("--device") { Description = "The device's profile, such as devices/jetson-nano-4gb.json.", HelpName = "file", Required = true };
        var runtime = new Option<string?>("--runtime") { Description = "One of the device's runtimes. [its first]", HelpName = "name" };
        var common = new CommonOptions();
        var command = new Command("lint", "Says before any hours are spent what a device's runtime cannot take of an ONNX graph, and which pass or option mends it; exit code 3 where something stands in the way. Where nothing does, the latency there is predicted, with its error.") { file, device, runtime };
        common.AddTo(command, common.Json);
        command.SetAction(parsed =>
        {
            var given = parsed.GetRequiredValue(file);
            var profile = DeviceProfile.Read(parsed.GetRequiredValue(device), session.Words);
            var path = Directory.Exists(given) ? ArtifactStore.Open<OnnxModel>(given, session.Words).PathOf(OnnxModel.GraphFile) : given;
            var chosen = profile.Runtime(parsed.GetValue(runtime));
            var report = GraphLint.Of(OnnxFile.Read(path), profile, chosen, given);
            var (predicted, reason) = session.Logged(parsed.GetValue(common.Json), log => Predict(session, report, given, profile, chosen, log));
            if (parsed.GetValue(common.Json))
                session.Json(report with { Predicted = predicted });
            else
                Print(session, report with { Predicted = predicted }, reason);
            return report.Clean ? ExitCode.Done : ExitCode.GateFailed;
        });
        return command;
    }

    // what lint was asked is whether the device takes the graph: that no latency can be predicted is no reason to fail
    private static (LatencyPrediction? Predicted, string? Reason) Predict(Session session, LintReport report, string given, DeviceProfile profile, DeviceRuntime runtime, IStageLog log)
    {
        if (!report.Clean)
            return (null, null);
        // as ONNX Runtime would run it, which means several copies of the weights
        if (report.Weights.Value > MostWeights)
            return (null, $"with {report.Weights} of weights that takes minutes and several times their memory; 'niwaki predict' does it all the same.");
        try
        {
            using var opened = StageInput.Open(session, new Optimize(), given, null, log);
            try
            {
                return (Prediction.Of((OnnxModel)opened.Artifact, profile, runtime, session.Words), null);
            }
            catch (StageException problem)
            {
                return (null, opened.Told(problem).Message);
            }
        }
        catch (StageException problem)
        {
            return (null, problem.Message);
        }
    }

    private static void Print(Session session, LintReport report, string? unpredicted)
    {
        session.Line($"{report.File} on {report.Device} ({report.Runtime}): opset {report.Opset}, {report.Nodes} nodes, {report.Weights} of weights{(report.Activations is { } activations ? $", {activations} of activations" : string.Empty)}.");
        foreach (var finding in report.Findings)
        {
            var color = finding.Severity switch { LintSeverity.Problem => "red", LintSeverity.Warning => "yellow", _ => "grey" };
            session.Output.Markup($"[{color}]{finding.Severity.ToString().ToLowerInvariant(),-8}[/]");
            session.Line($"{finding.What}{(finding.Count > 1 ? $" ({finding.Count} times)" : string.Empty)}{(finding.Where.Count > 0 ? $": {string.Join(", ", finding.Where)}{(finding.Count > finding.Where.Count ? ", ..." : string.Empty)}" : string.Empty)}");
            session.Line($"        mends it: {finding.Remedy}");
        }

        if (report.Predicted is { } predicted)
            PredictionView.Print(session, [predicted]);
        else if (unpredicted is not null)
            session.Line($"No latency is predicted: {unpredicted}");
        session.Line(report.Clean ? "Nothing stands in the way." : "The device does not take it as it is.");
    }
}
