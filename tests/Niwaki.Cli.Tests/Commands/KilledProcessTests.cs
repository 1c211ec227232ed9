using System.Diagnostics;

namespace Niwaki.Cli.Tests;

/// <summary>The program as a process of its own, ended by signals.</summary>
public sealed class KilledProcessTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    // a shell without job control starts what runs in its background with SIGINT ignored, and so do all processes below it: nothing would
    // ever interrupt the program. env makes the signal what it is on a terminal, and becomes the program
    private Process Start(params string[] args)
    {
        var start = new ProcessStartInfo("env") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = cli.Folder };
        foreach (var arg in (string[])["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "Niwaki.Cli.dll"), .. args])
            start.ArgumentList.Add(arg);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static void WaitFor(Func<bool> condition, Process process)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.False(process.HasExited, "the process ended by itself");
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), "nothing happened for two minutes");
            Thread.Sleep(20);
        }
    }

    [Fact]
    public void Killed_it_leaves_no_lock_and_the_same_command_finishes()
    {
        string[] command = ["synth", "--out", cli.Of("scenes"), "--count", "120", "--width", "32", "--height", "32"];
        using (var first = Start(command))
        {
            WaitFor(() => Directory.Exists(cli.Of("scenes")) && Directory.EnumerateFiles(cli.Of("scenes"), "*.png", SearchOption.AllDirectories).Skip(20).Any(), first);
            first.Kill();
            first.WaitForExit();
            Assert.Equal(128 + 9, first.ExitCode);
        }

        Assert.False(File.Exists(cli.Of("scenes", "classes.json")));
        Assert.Equal(0, cli.Run(command).Code);
        Assert.Equal(240, Directory.EnumerateFiles(cli.Of("scenes"), "*.png", SearchOption.AllDirectories).Count());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Ctrl_C_and_SIGTERM_end_with_130_and_tell_how_to_go_on(string signal)
    {
        using var process = Start("synth", "--out", cli.Of("scenes"), "--count", "20000");
        WaitFor(() => Directory.Exists(cli.Of("scenes")) && Directory.EnumerateFiles(cli.Of("scenes"), "*.png", SearchOption.AllDirectories).Any(), process);
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            kill.WaitForExit();
        try
        {
            var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            Assert.Equal(130, process.ExitCode);
            Assert.Contains($"niwaki synth --out {cli.Of("scenes")} --count 20000", errors);
        }
        finally
        {
            process.Kill();
        }
    }
}
