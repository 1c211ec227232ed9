using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge rollback</c>.</summary>
internal static class RollbackCommand
{
    public static Command Make(EdgeSession session)
    {
        var root = RootOption.Make();
        var command = new Command("rollback", "Goes back to the bundle that served before, in one step. What serves over HTTP has to be restarted to take it.") { root };
        command.SetAction(parsed =>
        {
            var (now, before) = new BundleStore(parsed.GetValue(root)!).Rollback();
            session.Output.WriteLine($"{now.Label} serves now; before, {before.Label} did.");
            return ExitCode.Done;
        });
        return command;
    }
}
