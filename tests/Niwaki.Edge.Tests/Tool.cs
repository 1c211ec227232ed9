using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Niwaki.Edge.Tests;

/// <summary>Programs of the machine that a test may use.</summary>
internal static class Tool
{
    public static bool IsThere(string program) => PathOf(program) is not null;

    public static string? PathOf(string program) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    public static void Run(string program, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardInput = true })!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
