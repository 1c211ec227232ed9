using System.Runtime.InteropServices;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Loads libtorch once and tunes the process for it.</summary>
public static partial class LibTorch
{
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;

    private static readonly Lazy<string> Loaded = new(LoadOnce);

    /// <summary>Loads the library on the first call.</summary>
    /// <returns>Its version.</returns>
    /// <exception cref="StageException">It cannot be loaded; the message says why and what to do.</exception>
    public static string Load() => Loaded.Value;

    private static string LoadOnce()
    {
        KeepMemory();
        WaitBriefly();
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            return torch.__version__;
        }
        catch (Exception problem) when (problem is NotSupportedException or DllNotFoundException or TypeInitializationException)
        {
            throw new StageException(
                $"libtorch could not be loaded from {AppContext.BaseDirectory}: {(problem.InnerException ?? problem).Message.Trim()} It needs 64-bit Linux with glibc 2.28 or newer; build again with 'dotnet build', which also adapts it to an older libstdc++.",
                problem);
        }
    }

    /// <summary>
    /// glibc gives each large block fresh pages and returns them at once; every tensor then pays for page faults, which halves the
    /// training speed. Large blocks stay in the heap instead.
    /// </summary>
    private static void KeepMemory()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("NIWAKI_MALLOC") == "default")
            return;
        try
        {
            _ = SetAllocation(MmapThreshold, 1 << 30);
            _ = SetAllocation(TrimThreshold, int.MaxValue);
            _ = SetAllocation(TopPad, 256 << 20);
            AppContext.SetSwitch("Niwaki.HeapKeepsLargeBlocks", true);                  // for whoever changes it for a while
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no mallopt: slower, but right
        }
    }

    /// <summary>
    /// OpenMP's threads spin for milliseconds at the end of every parallel loop. Where anything else wants the cores, be it our own
    /// threads that load pictures, that time is taken from it; with no spinning at all, a quiet machine loses a quarter of its speed.
    /// This count keeps the speed of a quiet machine with a thirtieth of the spinning. What the user has set stays.
    /// </summary>
    private static void WaitBriefly()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("NIWAKI_MALLOC") != "default" && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = SetEnvironment("GOMP_SPINCOUNT", "10000", 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocation(int parameter, int value);
}
