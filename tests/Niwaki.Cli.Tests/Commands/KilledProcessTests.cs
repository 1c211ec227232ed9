using System.Diagnostics;

namespace Niwaki.Cli.Tests;

/// <summary>The program as a process of its own, ended by signals.</summary>
public sealed class KilledProcessTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    private Process Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = cli.Folder };
        foreach (var arg in (string[])[Path.Combine(AppContext.BaseDirectory, "Niwaki.Cli.dll"), .. args])
            start.ArgumentList.Add(arg);
        return Process.Start(start)!;
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

    [Fact]
    public void Ctrl_C_ends_with_130_and_tells_how_to_go_on()
    {
        using var process = Start("synth", "--out", cli.Of("scenes"), "--count", "20000");
        WaitFor(() => Directory.Exists(cli.Of("scenes")) && Directory.EnumerateFiles(cli.Of("scenes"), "*.png", SearchOption.AllDirectories).Any(), process);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            kill.WaitForExit();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.Contains($"niwaki synth --out {cli.Of("scenes")} --count 20000", errors);
    }
}
