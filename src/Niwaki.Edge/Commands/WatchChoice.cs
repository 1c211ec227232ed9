using System.CommandLine;

namespace Niwaki.Edge;

/// <summary>The options of the watch.</summary>
internal sealed class WatchChoice
{
    private readonly Option<string> state = new("--state") { Description = "Folder for what outlives the program: statistics of drift, alarms that wait, frames that are kept. Default: $STATE_DIRECTORY (systemd sets it), or niwaki-state in the current folder.", HelpName = "FOLDER" };
    private readonly Option<string> device = new("--device") { Description = "The device's own name in statistics and alarms. Default: this machine's name.", HelpName = "NAME" };
    private readonly Option<int> ring = new("--ring") { Description = "Uncertain or drifted frames that are kept for labelling, the oldest going first; 0 keeps none.", HelpName = "N", DefaultValueFactory = _ => 200 };
    private readonly Option<string> step = new("--watch-every") { Description = "Least time between two watched frames of a stream, whose neighbours resemble each other.", HelpName = "TIME", DefaultValueFactory = _ => "2 s" };

    public WatchChoice(Command command)
    {
        command.Add(state);
        command.Add(device);
        command.Add(ring);
        command.Add(step);
    }

    /// <summary>The folder for what outlives the program.</summary>
    public string State(ParseResult parsed) => parsed.GetValue(state) ?? Environment.GetEnvironmentVariable("STATE_DIRECTORY")?.Split(':')[0] ?? "niwaki-state";

    /// <summary>What the device is called.</summary>
    public string Device(ParseResult parsed) => parsed.GetValue(device) ?? Environment.MachineName;

    /// <summary>The watch of a bundle; <see langword="null"/>, and said so, where the bundle has no reference.</summary>
    public DriftWatch? Open(ParseResult parsed, Bundle bundle, EdgeSession session)
    {
        var options = new WatchOptions(State(parsed))
        {
            Device = Device(parsed),
            Ring = Checked.Within(parsed, ring, 0, 100_000),
            StreamStep = Checked.Time(parsed, step, TimeSpan.Zero, TimeSpan.FromDays(1)),
        };
        var watch = DriftWatch.Open(bundle, options, session);
        if (watch is null)
            session.Say("This bundle has no reference statistics: nothing is watched.");
        return watch;
    }
}
