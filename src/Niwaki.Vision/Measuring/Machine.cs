using System.Globalization;
using System.Runtime.InteropServices;

namespace Niwaki.Vision;

/// <summary>The machine that measures, in words: what a latency means nothing without.</summary>
public static class Machine
{
    private static readonly string[] Features = ["avx2", "avx512f", "avx512_bf16", "avx_vnni", "avx512_vnni", "amx_int8", "amx_bf16", "asimd", "fphp", "asimddp", "i8mm", "bf16", "sve"];

    /// <summary>Processor, cores, the features that matter for products, memory, and the power mode where the system tells it.</summary>
    public static string Describe() => Describe("/");

    internal static string Describe(string root)
    {
        var lines = Lines(Path.Combine(root, "proc/cpuinfo"));
        var board = Text(Path.Combine(root, "proc/device-tree/model"));
        var name = board ?? Value(lines, "model name") ?? Value(lines, "Hardware") ?? RuntimeInformation.ProcessArchitecture.ToString();
        var parts = new List<string> { name, $"{Environment.ProcessorCount} core{(Environment.ProcessorCount == 1 ? string.Empty : "s")}" };
        var flags = (Value(lines, "flags") ?? Value(lines, "Features") ?? string.Empty).Split(' ').ToHashSet(StringComparer.Ordinal);
        if (Features.Where(flags.Contains).ToArray() is { Length: > 0 } known)
            parts.Add(string.Join(' ', known));
        if (Value(Lines(Path.Combine(root, "proc/meminfo")), "MemTotal") is { } memory && long.TryParse(memory.Split(' ')[0], CultureInfo.InvariantCulture, out var kibibytes))
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{kibibytes / (1024.0 * 1024):0.0} GiB memory"));
        if (Text(Path.Combine(root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")) is { } governor)
            parts.Add($"governor {governor}");
        if (Text(Path.Combine(root, "var/lib/nvpmodel/status")) is { } mode)
            parts.Add($"power mode {mode}");
        return string.Join(", ", parts);
    }

    /// <summary>What makes timings worthless: more work waiting than there are cores; <see langword="null"/> where all is well or nothing is known.</summary>
    internal static string? Busy(string root = "/") =>
        Text(Path.Combine(root, "proc/loadavg"))?.Split(' ')[0] is { } text && double.TryParse(text, CultureInfo.InvariantCulture, out var load) && load > 1.5 * Environment.ProcessorCount
            ? string.Create(CultureInfo.InvariantCulture, $"This machine is busy (a load of {load:0.0} on {Environment.ProcessorCount} cores): what is timed now is slower than the model. Measure again when it is quiet.")
            : null;

    internal static string? Text(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim('\0', '\n', '\r', ' ') is { Length: > 0 } text ? text : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null; // there, but not for this user
        }
    }

    private static string[] Lines(string path) => Text(path)?.Split('\n') ?? [];

    private static string? Value(string[] lines, string key) =>
        lines.FirstOrDefault(line => line.Split(':')[0].Trim() == key) is { } line && line.IndexOf(':') is > 0 and var colon ? line[(colon + 1)..].Trim() : null;
}
