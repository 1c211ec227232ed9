using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge run</c>.</summary>
internal static class RunCommand
{
    public static Command Make(EdgeSession session)
    {
        var command = new Command("run", "Labels pictures, folders and streams.");
        command.SetAction(int (_) => throw new StageException("run: is not there yet."));
        return command;
    }
}
