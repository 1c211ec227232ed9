using System.Diagnostics;
using System.Globalization;

namespace Niwaki.Bench;

/// <summary>A <c>niwaki-edge serve</c> of our own on a free port, with a state folder of its own.</summary>
internal sealed class EdgeProgram : IDisposable
{
    // of /proc, on every Linux that runs this
    private const double TicksPerSecond = 100;

    private readonly Process process;
    private readonly string state = Directory.CreateTempSubdirectory("niwaki-bench-").FullName;

    /// <summary>Starts it and waits until it listens.</summary>
    public EdgeProgram(string edge, string bundle, IEnumerable<string> options)
    {
        var begun = Stopwatch.GetTimestamp();
        process = Start(edge, ["serve", "--bundle", bundle, "--listen", "127.0.0.1:0", "--state", state, .. options]);
        Address = new Uri(Lines(process.StandardError).SelectMany(line => line.Split(' ')).FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal)) ?? throw new InvalidOperationException("niwaki-edge did not say where it listens."));
        Up = Stopwatch.GetElapsedTime(begun);
        _ = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>From its start until it listened.</summary>
    public TimeSpan Up { get; }

    /// <summary>Of all its threads.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            // behind the name, which may hold anything: the fields from the third on
            var fields = File.ReadAllText($"/proc/{process.Id}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return TimeSpan.FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
        }
    }

    /// <summary>Resident now, in megabytes of 1000 kB.</summary>
    public double Resident => Status("VmRSS:");

    /// <summary>Resident at most, in megabytes of 1000 kB.</summary>
    public double Peak => Status("VmHWM:");

    /// <summary>Starts the program.</summary>
    public static Process Start(string edge, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(edge) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
        Directory.Delete(state, recursive: true);
    }

    private static IEnumerable<string> Lines(StreamReader text)
    {
        while (text.ReadLine() is { } line)
            yield return line;
    }

    private double Status(string name) =>
        File.ReadLines($"/proc/{process.Id}/status").Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => long.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * 1024 / 1e6).First();
}
