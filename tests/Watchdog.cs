using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Niwaki.Testing;
using Xunit.v3;

[assembly: Watchdog]

namespace Niwaki.Testing;

/// <summary>A test that hangs ends its process and is named: a test that waits for ever would take all the others along, silently.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class WatchdogAttribute : BeforeAfterTestAttribute
{
    private const int Minutes = 10;
    private readonly ConcurrentDictionary<string, Timer> running = [];

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var minutes = methodUnderTest.GetCustomAttribute<PatienceAttribute>()?.Minutes ?? Minutes;
        running[test.UniqueID] = new Timer(_ => Bark(test.TestDisplayName, minutes), null, TimeSpan.FromMinutes(minutes), Timeout.InfiniteTimeSpan);
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (running.TryRemove(test.UniqueID, out var timer))
            timer.Dispose();
    }

    private static void Bark(string test, int minutes)
    {
        Console.Error.WriteLine($"HANG: {test} did not end within {minutes} minutes; its process is ended.");
        EndChildren();
        Environment.FailFast($"HANG: {test} did not end within {minutes} minutes.");
    }

    // a server that a test started would hold the output open, for which whoever runs the tests waits
    private static void EndChildren()
    {
        try
        {
            foreach (var child in Directory.EnumerateDirectories("/proc/self/task").SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            {
                using var process = Process.GetProcessById(int.Parse(child, CultureInfo.InvariantCulture));
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception problem) when (problem is IOException or ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine($"Processes of the test go on: {problem.Message}");
        }
    }
}

/// <summary>A test that may take longer than others.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PatienceAttribute(int minutes) : Attribute
{
    public int Minutes => minutes;
}
