using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge rollback</c>.</summary>
internal static class RollbackCommand
{
    public static Command Make(EdgeSession session)
    {
        var command = new Command("rollback", "Goes back to the bundle that ran before.");
        command.SetAction(int (_) => throw new StageException("rollback: is not there yet."));
        return command;
    }
}
