using System.Runtime.InteropServices;
using Spectre.Console;

namespace Niwaki.Cli;

internal static class Program
{
    internal static int Main(string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var errors = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        // a file or a pipe has no width
        if (!AnsiConsole.Console.Profile.Out.IsTerminal)
            AnsiConsole.Console.Profile.Width = 160;
        return new App(new Session(AnsiConsole.Console, errors, Session.AllWords, TimeProvider.System, stop.Token)).Run(args);

        // the first one asks to stop, the second one is left to the system
        void Stop(PosixSignalContext signal)
        {
            if (stop.IsCancellationRequested)
                return;
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
