using System.CommandLine;

namespace Niwaki.Cli;

/// <summary><c>niwaki synth</c>.</summary>
internal static class SynthCommand
{
    public static Command Make(Session session)
    {
        var count = new Option<int>("--count") { Description = "How many pictures.", HelpName = "n", Required = true };
        var common = new CommonOptions();
        common.Out.Required = true;
        var command = new Command("synth", "Writes synthetic disaster scenes with their masks to a folder.") { count };
        common.AddTo(command, common.Out, common.Seed);
        command.SetAction((Func<ParseResult, int>)(_ => throw new StageException("synth: not there yet.")));
        return command;
    }
}
