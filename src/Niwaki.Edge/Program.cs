using System.Runtime.InteropServices;

namespace Niwaki.Edge;

internal static class Program
{
    internal static int Main(string[] args)
    {
        NativeHeap.Bound();
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return new EdgeApp(new EdgeSession(Console.Out, Console.Error, TimeProvider.System, stop.Token)).Run(args);

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
