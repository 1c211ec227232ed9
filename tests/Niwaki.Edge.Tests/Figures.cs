using System.Globalization;

namespace Niwaki.Edge.Tests;

/// <summary>Measured numbers of a test, for who reads the test run's output: of tests that pass, nothing else is printed.</summary>
internal static class Figures
{
    private static readonly Lock Sync = new();

    /// <summary>Says a line, and appends it to the file that NIWAKI_FIGURES names.</summary>
    public static void Say(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("NIWAKI_FIGURES") is not { Length: > 0 } file)
            return;
        lock (Sync)
            File.AppendAllText(file, string.Create(CultureInfo.InvariantCulture, $"{TestContext.Current.TestMethod?.MethodName.Replace('_', ' ')}: {line}\n"));
    }
}
