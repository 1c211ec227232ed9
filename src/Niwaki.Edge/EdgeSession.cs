using System.Reflection;

namespace Niwaki.Edge;

/// <summary>What surrounds a command: where it writes, what time it is, and when to stop.</summary>
/// <param name="Output">Results.</param>
/// <param name="Errors">Everything that is said about the work.</param>
/// <param name="Time">The clock.</param>
/// <param name="Stop">Asks to end in good order (SIGTERM, SIGINT).</param>
internal sealed record EdgeSession(TextWriter Output, TextWriter Errors, TimeProvider Time, CancellationToken Stop)
{
    /// <summary>This program's version.</summary>
    public static string Version { get; } = typeof(EdgeSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>A line for whoever runs the program or reads its journal.</summary>
    public void Say(string line)
    {
        lock (Errors)
            Errors.WriteLine(line);
    }
}
