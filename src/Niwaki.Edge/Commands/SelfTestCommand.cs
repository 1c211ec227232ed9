using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge selftest</c>.</summary>
internal static class SelfTestCommand
{
    public static Command Make(EdgeSession session)
    {
        var command = new Command("selftest", "Labels the bundle's golden pictures and judges its pass marks.");
        command.SetAction(int (_) => throw new StageException("selftest: is not there yet."));
        return command;
    }
}
