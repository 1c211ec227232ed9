using System.Runtime.InteropServices;

namespace Niwaki.Vision;

/// <summary>Processor time of the calling thread: what a run on one thread takes, without the time in which others had the processor.</summary>
internal static partial class ProcessorClock
{
    private const int ThreadTime = 3; // CLOCK_THREAD_CPUTIME_ID of Linux

    [StructLayout(LayoutKind.Sequential)]
    private struct Moment
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    /// <summary>Processor time so far.</summary>
    /// <exception cref="StageException">This system does not tell it.</exception>
    public static TimeSpan Now => GetTime(ThreadTime, out var now) == 0
        ? new TimeSpan(now.Seconds * TimeSpan.TicksPerSecond + now.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : throw new StageException("this system does not tell the processor time of a thread. Measure on 64-bit Linux.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Moment time);
}
