using System.CommandLine;

namespace Niwaki.Edge;

/// <summary>The folder for what outlives the program: statistics, alarms that wait, frames that are kept.</summary>
internal static class StateFolder
{
    public static Option<string> Option() => new("--state") { Description = "Folder for what outlives the program: statistics of drift, alarms that wait, frames that are kept. Default: $STATE_DIRECTORY (systemd sets it), or niwaki-state in the current folder.", HelpName = "FOLDER" };

    public static string Of(ParseResult parsed, Option<string> option) => parsed.GetValue(option) ?? Environment.GetEnvironmentVariable("STATE_DIRECTORY")?.Split(':')[0] ?? "niwaki-state";
}
