using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge bench</c>.</summary>
internal static class BenchCommand
{
    public static Command Make(EdgeSession session)
    {
        var command = new Command("bench", "Times the model on this machine.");
        command.SetAction(int (_) => throw new StageException("bench: is not there yet."));
        return command;
    }
}
