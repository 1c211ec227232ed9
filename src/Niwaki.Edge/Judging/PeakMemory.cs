using System.Globalization;

namespace Niwaki.Edge;

/// <summary>The memory of this process, as the system counts it.</summary>
internal static class PeakMemory
{
    /// <summary>The most that was resident so far; <see langword="null"/> where the system does not tell.</summary>
    public static Bytes? Peak() => Line("VmHWM:");

    /// <summary>What is resident now.</summary>
    public static Bytes? Now() => Line("VmRSS:");

    private static Bytes? Line(string key)
    {
        try
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith(key, StringComparison.Ordinal) && long.TryParse(line.AsSpan(key.Length).Trim().ToString().Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes))
                    return new Bytes(kibibytes * 1024);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // no Linux, or no /proc
        }

        return null;
    }
}
