using System.Runtime.InteropServices;

namespace Niwaki.Onnx;

/// <summary>
/// ONNX Runtime packs the weights of products into a copy and frees what it read. glibc raises, with every large block that is freed, the size
/// from which blocks are given back to the system, so that most of the freed weights stay with the process for good: a ViT-B held 648 MB
/// where 433 are enough, at no cost in time. While a graph is loaded every large block is therefore one of its own.
/// </summary>
internal static partial class LoadingMemory
{
    /// <summary>Set by whoever keeps large blocks in the heap on purpose.</summary>
    public const string Kept = "Niwaki.HeapKeepsLargeBlocks";

    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int WhileLoading = 64 << 10;
    private const int KeptBlocks = 1 << 30;

    // where glibc's own adjustment ends
    private const int Usual = 32 << 20;

    /// <summary>Runs what loads a graph.</summary>
    public static T During<T>(Func<T> load)
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("NIWAKI_MALLOC") == "default")
            return load();
        var kept = AppContext.TryGetSwitch(Kept, out var set) && set;
        Set(MmapThreshold, WhileLoading);
        try
        {
            return load();
        }
        finally
        {
            Set(MmapThreshold, kept ? KeptBlocks : Usual);
            if (!kept)
                Set(TrimThreshold, 2 * Usual);
        }
    }

    private static void Set(int parameter, int value)
    {
        try
        {
            _ = SetAllocation(parameter, value);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no mallopt, and gives blocks back by itself
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocation(int parameter, int value);
}
