using System.CommandLine;
using System.Globalization;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge bench</c>.</summary>
internal static class BenchCommand
{
    public static Command Make(EdgeSession session)
    {
        var pictures = new Option<string?>("--pictures") { Description = "A picture or a folder to time with. Default: the bundle's golden pictures.", HelpName = "PATH" };
        var runs = new Option<int>("--runs") { Description = "Frames to time.", HelpName = "N", DefaultValueFactory = _ => 100 };
        var limit = new Option<string>("--time-limit") { Description = "Ends after this time, with ten frames at least.", HelpName = "TIME", DefaultValueFactory = _ => "30 s" };
        var json = new Option<bool>("--json") { Description = "Prints the report as JSON." };
        var command = new Command("bench", "Times the parts of a frame on this machine: decoding, preparing, the network, labels, colours; and the memory that it takes.") { pictures, runs, limit, json };
        var deployment = new DeploymentOptions(command, tiles: true);
        command.SetAction(async (parsed, _) =>
        {
            using var open = deployment.Open(parsed);
            var encoded = parsed.GetValue(pictures) is { } path ? Encoded(path) : open.GoldenPictures(16);
            if (encoded.Count == 0)
                throw new StageException("bench: the bundle has no golden pictures. Give some with --pictures.");
            var report = await new Bench(open, deployment.Tiling(parsed), session).RunAsync(encoded, Checked.Within(parsed, runs, 10, 1_000_000), Checked.Time(parsed, limit, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24)));
            await session.Output.WriteAsync(parsed.GetValue(json) ? EdgeJson.Write(report) : Text(report));
            return ExitCode.Done;
        });
        return command;
    }

    private static IReadOnlyList<byte[]> Encoded(string path)
    {
        const int most = 64;
        if (File.Exists(path))
            return [ImageCodec.ReadFile(path)];
        return Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path).Where(PictureFiles.IsPicture).Order(StringComparer.Ordinal).Take(most).Select(ImageCodec.ReadFile)]
            : throw new StageException($"{path}: there is no such picture or folder.");
    }

    private static string Text(BenchReport report)
    {
        var lines = new List<string>
        {
            $"{report.Bundle}, {report.Runs} frames of {report.Sizes}, {report.Engine}, {report.Threads} thread{(report.Threads == 1 ? string.Empty : "s")} on {report.Machine}",
            "         quartile   median      p95      p99 ms",
            Row("decode", report.Decode), Row("prepare", report.Prepare), Row("engine", report.EngineRun), Row("labels", report.Restore), Row("watch", report.Statistics), Row("colours", report.Overlay), Row("frame", report.Frame),
            string.Create(CultureInfo.InvariantCulture, $"prepare, labels and colours are {report.OwnShare * 100:0.0} % of a frame; the engine alone does {report.EnginePerSecond:0.0} frames a second with {report.EngineProcessor:0.00} ms of processor time each; peak memory {(report.PeakMemory is { } peak ? peak.ToString() : "is not told by this system")}"),
        };
        if (report.Predicted is { } predicted)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"predicted for the engine on {predicted.Device} with {predicted.Threads} thread{(predicted.Threads == 1 ? string.Empty : "s")} before anything was measured there: {predicted.Milliseconds:0.00} ms ({predicted.Shortest:0.00} to {predicted.Longest:0.00} within the error)"));
        if (report.Remark is not null)
            lines.Add(report.Remark);
        return string.Join('\n', lines) + "\n";
    }

    private static string Row(string name, BenchTimes times) => string.Create(CultureInfo.InvariantCulture, $"{name,-8} {times.P25,8:0.00} {times.P50,8:0.00} {times.P95,8:0.00} {times.P99,8:0.00}");
}
