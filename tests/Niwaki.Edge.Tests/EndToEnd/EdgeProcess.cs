using System.Diagnostics;
using System.Globalization;

namespace Niwaki.Edge.Tests;

/// <summary>The program as a process of its own: this build's, or the one that NIWAKI_EDGE names, such as a published native one.</summary>
internal sealed class EdgeProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly Process process;
    private readonly List<string> said = [];
    private readonly TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EdgeProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>All that it printed so far.</summary>
    public string Said
    {
        get
        {
            lock (said)
                return string.Join('\n', said);
        }
    }

    /// <summary>The resident set.</summary>
    public long Resident => long.Parse(File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;

    /// <summary>The native program that tests are about; <see langword="null"/> for this build's.</summary>
    public static string? Native { get; } = Environment.GetEnvironmentVariable("NIWAKI_EDGE") is { Length: > 0 } native ? Workshop.Named(native) : null;

    public static EdgeProcess Start(params string[] args) => StartOf(Native, args);

    /// <summary>Starts a native program, such as that of an installed bundle.</summary>
    public static EdgeProcess StartOf(string? native, params string[] args)
    {
        var start = new ProcessStartInfo(native ?? "dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (native is null)
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "niwaki-edge.dll"));
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        // the youngest generation is else as large as the processor's cache, and memory that should stay would follow the machine's
        (start.Environment["DOTNET_GCgen0size"], start.Environment["DOTNET_GCgen0MaxBudget"]) = ("400000", "400000");
        return new EdgeProcess(Process.Start(start)!);
    }

    /// <summary>Serves a bundle on a free port, and is asked by whoever waits for its address.</summary>
    public static EdgeProcess Serve(string bundle, string state, params string[] more) =>
        Start(["serve", "--bundle", bundle, "--listen", "127.0.0.1:0", "--state", state, .. more]);

    /// <summary>Where it listens.</summary>
    public async Task<Uri> AddressAsync(CancellationToken cancel)
    {
        var ended = process.WaitForExitAsync(cancel);
        if (await Task.WhenAny(address.Task, ended).WaitAsync(Patience, cancel) == ended)
            Assert.Fail($"niwaki-edge ended with {process.ExitCode} before it served: {Said}");
        return await address.Task;
    }

    /// <summary>Waits for a line.</summary>
    public async Task SaidAsync(string line, CancellationToken cancel)
    {
        var begun = Stopwatch.StartNew();
        while (!Said.Split('\n').Contains(line))
        {
            Assert.True(begun.Elapsed < Patience && !process.HasExited, $"niwaki-edge did not say '{line}', but: {Said}");
            await Task.Delay(1, cancel);
        }
    }

    /// <summary>Power fails.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Asks it to stop, as systemd does.</summary>
    public async Task<int> StopAsync(CancellationToken cancel)
    {
        Tool.Run("kill", "-TERM", $"{process.Id}");
        return await CodeAsync(cancel);
    }

    /// <summary>What it ends with.</summary>
    public async Task<int> CodeAsync(CancellationToken cancel)
    {
        await process.WaitForExitAsync(cancel).WaitAsync(Patience, cancel);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (said)
            said.Add(line);
        if (line.Split(' ').FirstOrDefault(word => word.StartsWith("http://127.0.0.1:", StringComparison.Ordinal)) is { } url && Uri.TryCreate(url, UriKind.Absolute, out var at))
            address.TrySetResult(at);
    }
}
