using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace Niwaki.Vision;

/// <summary>Reads the peak memory of a model in a process of its own: this program, started again as <c>niwaki probe-memory MODEL --threads N</c>.</summary>
internal static class MemoryProbe
{
    private const string Program = "Niwaki.Cli";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The peak resident set; <see langword="null"/>, with the reason in the log, where it cannot be had.</summary>
    public static Bytes? Peak(IModel model, int threads, StageContext context)
    {
        if (StartOf(Assembly.GetEntryAssembly(), AppContext.BaseDirectory, Environment.ProcessPath) is not { } start)
        {
            context.Log.Say("Peak memory is left out: the program that would load the model in a fresh process was not found beside this one.");
            return null;
        }

        start.ArgumentList.Add("probe-memory");
        start.ArgumentList.Add(Path.GetFullPath(model.Folder));
        start.ArgumentList.Add("--threads");
        start.ArgumentList.Add($"{threads}");
        var (output, problem) = Run(start, context.Cancel);
        context.Cancel.ThrowIfCancellationRequested();
        var peak = Parse(output);
        if (peak is null)
            context.Log.Say($"Peak memory is left out: the fresh process gave no figure ({problem ?? "no JSON line in its output"}).");
        return peak;
    }

    /// <summary>How the program is started again; <see langword="null"/> where it is not there.</summary>
    internal static ProcessStartInfo? StartOf(Assembly? entry, string folder, string? process)
    {
        var host = process is not null && Path.GetFileNameWithoutExtension(process) == "dotnet" ? process : "dotnet";
        if (entry?.GetName().Name == Program && process is not null && host != process)
            return Quiet(process); // its own executable, perhaps without a .dll beside it
        var library = Path.Combine(folder, Program + ".dll");
        if (!File.Exists(library) || !File.Exists(Path.Combine(folder, Program + ".runtimeconfig.json")))
            return null;
        var start = Quiet(host);
        start.ArgumentList.Add(library);
        return start;

        static ProcessStartInfo Quiet(string file) => new(file) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
    }

    /// <summary>Finds the JSON line among whatever else was printed.</summary>
    internal static Bytes? Parse(string output)
    {
        foreach (var line in output.Split('\n').Reverse().Where(line => line.TrimStart().StartsWith('{')))
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                if (json.RootElement.TryGetProperty("peakBytes", out var peak) && peak.TryGetInt64(out var bytes) && bytes > 0)
                    return new Bytes(bytes);
            }
            catch (JsonException)
            {
                // some other line that starts like JSON
            }
        }

        return null;
    }

    private static (string Output, string? Problem) Run(ProcessStartInfo start, CancellationToken cancel)
    {
        try
        {
            using var process = Process.Start(start)!;
            using var stop = cancel.Register(() => Kill(process));
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            if (!process.WaitForExit(Patience))
            {
                Kill(process);
                return (string.Empty, $"it did not end within {Patience.TotalMinutes:0} minutes");
            }

            process.WaitForExit();
            var told = errors.GetAwaiter().GetResult().Trim();
            return (output.GetAwaiter().GetResult(), process.ExitCode == 0 ? null : $"exit code {process.ExitCode}{(told.Length > 0 ? $": {told}" : string.Empty)}");
        }
        catch (Exception problem) when (problem is Win32Exception or IOException or InvalidOperationException)
        {
            return (string.Empty, problem.Message);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception problem) when (problem is InvalidOperationException or Win32Exception)
        {
            // it has ended by itself
        }
    }
}
