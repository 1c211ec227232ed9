using System.CommandLine;
using System.Globalization;
using Niwaki.Onnx;
using Niwaki.Vision;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki roofline MODEL… --device PROFILE --out FILE</c>: measures models here, for <c>niwaki predict</c>.</summary>
internal static class RooflineCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    public static Command Make(Session session)
    {
        var models = new Argument<string[]>("models") { Description = "Exported models, float and 8-bit ones.", Arity = ArgumentArity.OneOrMore };
        var device = new Option<string>("--device") { Description = "The profile of the machine that this runs on.", HelpName = "file", Required = true };
        var output = new Option<string>("--out") { Description = "The file to write.", HelpName = "file", Required = true };
        var other = new Option<string?>("--of") { Description = "What was found on another machine: tells how far its predictions are off on this one, and writes both. Without it this machine is measured for itself.", HelpName = "file" };
        var common = new CommonOptions();
        var command = new Command("roofline", "Measures models on this machine (processor time, one thread) and finds which share of the data sheet's figures they reach: what 'niwaki predict' goes by. Each model is then predicted from the others, which is the error that predictions are shown with.") { models, device, output, other };
        common.AddTo(command, common.Json);
        command.SetAction(parsed =>
        {
            var profile = DeviceProfile.Read(parsed.GetRequiredValue(device), session.Words);
            var runtime = profile.Runtimes.FirstOrDefault(each => each.Family == RuntimeFamily.Onnxruntime)
                ?? throw new StageException($"{profile.Name}: has no ONNX Runtime, which is what measures here.");
            var known = parsed.GetValue(other) is { } file ? Prediction.Fit(file, session.Words) : null;
            var engine = string.Empty;
            var measured = session.Logged(parsed.GetValue(common.Json), log => parsed.GetRequiredValue(models).Select(path =>
            {
                var model = ArtifactStore.Open<OnnxModel>(path, session.Words);
                var layers = GraphWork.Of(model, session.Words);
                using var segmenter = Engine.For(model, session.Words).Open(model, session.Words, threads: 1);
                engine = segmenter.Engine;
                var time = ProcessorRun.Time(segmenter, Limit, session.Cancel);
                var kinds = layers.Where(layer => layer.Macs.Value > 0).Select(layer => layer.Kind).ToHashSet();
                var name = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}, {segmenter.Cost.Macs}, {segmenter.Input}{(kinds.Contains(WorkKind.Int8) ? ", int8" : string.Empty)}";
                log.Say(string.Create(CultureInfo.InvariantCulture, $"{name}: {time.TotalMilliseconds:0.00} ms of processor time"));
                return (name, layers, time);
            }).ToArray());
            var fit = known?.Tried(profile, runtime, threads: 1, Machine.Describe(), measured) ?? RooflineFit.Of(profile, runtime, threads: 1, Machine.Describe(), engine, measured);
            AtomicFile.WriteText(parsed.GetRequiredValue(output), session.Words.Write(fit));
            if (parsed.GetValue(common.Json))
                session.Json(fit);
            else
                Print(session, fit);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(Session session, RooflineFit fit)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("model").AddColumn(new TableColumn("measured").RightAligned()).AddColumn(new TableColumn("predicted").RightAligned()).AddColumn(new TableColumn("off by a factor").RightAligned());
        // what was measured here: the fit's own models, or those that try it
        var (points, others) = fit.Elsewhere.Count > 0 ? (fit.Elsewhere, $"from {fit.Machine}") : (fit.Points, "from the others");
        foreach (var point in points)
            table.AddRow(Markup.Escape(point.Model), $"{point.Measured.TotalMilliseconds:0.00} ms", $"{point.Predicted.TotalMilliseconds:0.00} ms", $"{point.Factor:0.00}");
        session.Output.Write(table);
        session.Line(string.Create(CultureInfo.InvariantCulture, $"Predicted {others}: half within a factor of {RooflineFit.Median(points):0.00}, all within {points.Max(point => point.Factor):0.00}. Reached{(fit.Elsewhere.Count > 0 ? " there" : string.Empty)}: {fit.Shares.Float32 * 100:0} % of float32, {fit.Shares.Int8 * 100:0} % of int8, {fit.Shares.Grouped * 100:0.0} % where products are grouped, {fit.Shares.Bandwidth * 100:0} % of the bandwidth."));
    }
}
