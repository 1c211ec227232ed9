using System.CommandLine;
using System.CommandLine.Help;
using System.Diagnostics.CodeAnalysis;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>The program without its process: commands, errors, exit codes.</summary>
internal sealed class App
{
    private static readonly string[] Order = ["import", "adopt", "train", "distill", "prune", "export", "optimize", "quantize", "half", "measure", "gate"];

    private readonly Session session;

    public App(Session session) => this.session = session;

    // a command's own help tells all about it, the list of commands its first sentence
    private Command Root(string? command)
    {
        var root = new Command("niwaki", "Turns a large vision transformer for segmentation into one that runs on a small board: train, distil, prune, export, quantize, measure, judge, report.")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
            QuickstartCommand.Make(session),
            RunCommand.Make(session),
        };
        var stages = session.Words.Catalog(typeof(Stage));
        foreach (var (name, type) in stages.OrderBy(stage => Array.IndexOf(Order, stage.Key) is var place and >= 0 ? place : Order.Length).ThenBy(stage => stage.Key, StringComparer.Ordinal))
            root.Add(StageCommand.Make(session, name, type, brief: name != command));
        root.Add(LintCommand.Make(session));
        root.Add(ReportCommand.Make(session));
        root.Add(ShowCommand.Make(session));
        root.Add(CompareCommand.Make(session));
        root.Add(BundleCommand.Make(session));
        root.Add(DriftCommand.Make(session));
        root.Add(PredictCommand.Make(session));
        root.Add(RooflineCommand.Make(session));
        root.Add(SynthCommand.Make(session));
        root.Add(SchemaCommand.Make(session));
        root.Add(DoctorCommand.Make(session));
        root.Add(ProbeMemoryCommand.Make(session));
        return root;
    }

    /// <summary>Reads a command line and does nothing.</summary>
    public ParseResult Parse(IReadOnlyList<string> args) => Parse(Root(args.Count > 0 ? args[0] : null), args);

    private static ParseResult Parse(Command root, IReadOnlyList<string> args) => root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });

    [SuppressMessage("Design", "CA1031", Justification = "the outermost frame: whatever is left is our bug, told with its trace")]
    public int Run(string[] args)
    {
        var root = Root(args.FirstOrDefault());
        try
        {
            var parsed = Parse(root, args);
            if (parsed.Errors.Count > 0)
                throw new UsageException(Mistakes(root, parsed));
            return parsed.Invoke(new InvocationConfiguration { Output = session.Output.Profile.Out.Writer, Error = session.Errors.Profile.Out.Writer, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (UsageException problem)
        {
            Tell(problem.Message);
            session.Errors.Profile.Out.Writer.WriteLine($"'niwaki {(args.Length > 0 && root.Subcommands.Any(command => command.Name == args[0]) ? args[0] + " " : string.Empty)}--help' lists what there is.");
            return ExitCode.Usage;
        }
        catch (StageException problem)
        {
            Tell(problem.Message);
            return ExitCode.Fixable;
        }
        catch (OperationCanceledException)
        {
            Tell($"Interrupted. What was done is kept; this goes on with it: niwaki {string.Join(' ', args.Select(Quote))}");
            return ExitCode.Interrupted;
        }
        catch (Exception problem)
        {
            Tell($"This is a bug in niwaki {Session.Version}, not in your input: {problem.Message}");
            session.Errors.Profile.Out.Writer.WriteLine(problem);
            return ExitCode.OurBug;
        }
    }

    private void Tell(string message)
    {
        if (session.Errors.Profile.Out.IsTerminal)
            session.Errors.Write(new Text(message + Environment.NewLine, new Style(Color.Red)));
        else
            session.Errors.Profile.Out.Writer.WriteLine(message);
    }

    private static string Quote(string word) => word.Length > 0 && word.All(letter => char.IsLetterOrDigit(letter) || "-_./:=,+".Contains(letter, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // the parser's own words, with what was probably meant
    private static string Mistakes(Command root, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var known = command.Options.Concat(root.Options).Where(option => !option.Hidden).Select(option => option.Name).Concat(command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name)).ToArray();
        var unmatched = parsed.UnmatchedTokens.Select(token => command == root
            ? $"'{token}' is no command{Spelling.DidYouMean(token, known)}"
            : token.StartsWith('-')
                ? $"'{token}' is no option of {command.Name}{Spelling.DidYouMean(token.TrimStart('-'), known.Select(name => name.TrimStart('-'))).Replace("'", string.Empty, StringComparison.Ordinal)}".Replace("did you mean ", "did you mean --", StringComparison.Ordinal)
                : $"'{token}' was not expected here.").ToArray();
        if (unmatched.Length > 0)
            return string.Join(Environment.NewLine, unmatched);
        return parsed.Tokens.Count == 0 && command == root
            ? "No command was given."
            : string.Join(Environment.NewLine, parsed.Errors.Select(error => error.Message).Distinct());
    }
}
