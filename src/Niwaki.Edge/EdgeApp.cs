using System.CommandLine;
using System.Diagnostics.CodeAnalysis;

namespace Niwaki.Edge;

/// <summary>The program without its process: commands, errors, exit codes.</summary>
internal sealed class EdgeApp(EdgeSession session)
{
    private readonly RootCommand root = new("Runs a bundle on the board: labels pictures and streams, serves them over HTTP, watches for drift.")
    {
        RunCommand.Make(session),
        ServeCommand.Make(session),
        BenchCommand.Make(session),
        SelfTestCommand.Make(session),
        InstallCommand.Make(session),
        RollbackCommand.Make(session),
    };

    [SuppressMessage("Design", "CA1031", Justification = "the outermost frame: whatever is left is our bug, told with its trace")]
    public int Run(string[] args)
    {
        try
        {
            var parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0)
            {
                session.Say(string.Join(Environment.NewLine, parsed.Errors.Select(error => error.Message).Distinct()));
                session.Say($"'niwaki-edge {(parsed.CommandResult.Command is RootCommand ? string.Empty : parsed.CommandResult.Command.Name + " ")}--help' lists what there is.");
                return ExitCode.Usage;
            }

            return parsed.Invoke(new InvocationConfiguration { Output = session.Output, Error = session.Errors, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (StageException problem)
        {
            session.Say(problem.Message);
            return ExitCode.Fixable;
        }
        catch (OperationCanceledException)
        {
            session.Say("Interrupted.");
            return ExitCode.Interrupted;
        }
        catch (Exception problem)
        {
            session.Say($"This is a bug in niwaki-edge {EdgeSession.Version}, not in your input: {problem}");
            return ExitCode.OurBug;
        }
    }
}
