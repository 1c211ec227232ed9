using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge install</c>.</summary>
internal static class InstallCommand
{
    public static Command Make(EdgeSession session)
    {
        var command = new Command("install", "Installs a bundle beside the running one.");
        command.SetAction(int (_) => throw new StageException("install: is not there yet."));
        return command;
    }
}
