using System.Runtime.InteropServices;

namespace Niwaki.Edge;

/// <summary>
/// Keeps the memory of native libraries flat. glibc keeps large blocks that were freed for the next ones, in as many heaps as there are
/// threads: pictures of ever other sizes, which strangers send, would leave holes that nothing fits into (a thousand of them took 90 MB).
/// </summary>
internal static partial class NativeHeap
{
    // malloc.h
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    /// <summary>Pictures' pixels come from the system and go back to it; two heaps are enough for the rest. To be said again when a graph was loaded, which sets other limits.</summary>
    public static void Bound()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = SetOption(MmapThreshold, 1 << 20);
            _ = SetOption(TrimThreshold, 1 << 20);
            _ = SetOption(ArenaMax, 2);
        }
        catch (EntryPointNotFoundException)
        {
            // another C library, with its own ways
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
