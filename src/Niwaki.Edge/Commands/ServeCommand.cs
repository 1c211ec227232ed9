using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Make(EdgeSession session)
    {
        var command = new Command("serve", "Serves the model over HTTP.");
        command.SetAction(int (_) => throw new StageException("serve: is not there yet."));
        return command;
    }
}
