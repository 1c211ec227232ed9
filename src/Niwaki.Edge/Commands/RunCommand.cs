using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge run</c>.</summary>
internal static class RunCommand
{
    public static Command Make(EdgeSession session)
    {
        var source = new Argument<string>("source") { Description = $"Where frames come from: {FrameSource.Forms}." };
        var sinks = new Option<string[]>("--to") { Description = $"Where results go, once or several times: {SinkOptions.Forms}. Default: jsonl:-.", HelpName = "SINK" };
        var opacity = new Option<double>("--opacity") { Description = "Opacity of the colours in overlays, 0 to 1.", DefaultValueFactory = _ => 0.5 };
        var keep = new Option<int?>("--keep") { Description = "Files that a folder sink keeps, the oldest being overwritten. Default: 1000 for cameras and streams, all for files.", HelpName = "N" };
        var rate = new Option<double?>("--fps") { Description = "Most frames in a second. Default: as many as come and the model manages.", HelpName = "N" };
        var limit = new Option<long?>("--limit") { Description = "Ends after so many frames.", HelpName = "N" };
        var command = new Command("run", "Labels pictures, folders, videos and cameras. Late frames of a camera are dropped; a camera that goes away is waited for; results for a receiver that is away wait in memory, alarms on the disk.") { source, sinks, opacity, keep, rate, limit };
        var deployment = new DeploymentOptions(command, tiles: true);
        var fast = new FastDecode(command);
        var watching = new WatchChoice(command);
        command.SetAction(async (parsed, _) =>
        {
            var from = FrameSource.Parse(parsed.GetValue(source)!, session);
            using var open = deployment.Open(parsed);
            var options = new SinkOptions(open.Classes, watching.State(parsed), session)
            {
                Opacity = Checked.Within(parsed, opacity, 0, 1),
                Keep = parsed.GetValue(keep) is null ? from.IsLive ? 1000 : null : Checked.Within(parsed, keep, 1, 1_000_000),
            };
            await using var watch = watching.Open(parsed, open.Bundle, session);
            await using var to = new SinkSet(parsed.GetValue(sinks) is { Length: > 0 } given ? given : ["jsonl:-"], options);
            watch?.Listeners.AddRange(to.Sinks);
            var tiling = deployment.Tiling(parsed);
            var pump = new FramePump(open.Pipeline(tiling, session.Time), to.Sinks, session)
            {
                DecodesFast = fast.Of(parsed, tiling, to),
                MostPerSecond = parsed.GetValue(rate) is null ? null : Checked.Within(parsed, rate, 0.001, 1000),
                Limit = parsed.GetValue(limit) is null ? null : Checked.Within(parsed, limit, 1, long.MaxValue),
                Watch = result => ServeCommand.See(watch, null, result, from),
            };
            return Tell(await pump.RunAsync(from, session.Stop), session);
        });
        return command;
    }

    private static int Tell(FrameTally tally, EdgeSession session)
    {
        var parts = new List<string> { $"{tally.Labelled} frame{(tally.Labelled == 1 ? string.Empty : "s")} labelled" };
        if (tally.Labelled > 0)
            parts.Add($"{tally.Timing.Total.TotalMilliseconds / tally.Labelled:0.0} ms each ({tally.Timing.Engine / tally.Timing.Total:0 %} in the engine)");
        if (tally.Failed > 0)
            parts.Add($"{tally.Failed} could not be");
        if (tally.Dropped > 0)
            parts.Add($"{tally.Dropped} dropped as too late");
        if (tally.Unwritten > 0)
            parts.Add($"{tally.Unwritten} results could not be written");
        session.Say(string.Join(", ", parts) + ".");
        return tally.Failed + tally.Unwritten > 0 ? ExitCode.Fixable : ExitCode.Done;
    }
}
