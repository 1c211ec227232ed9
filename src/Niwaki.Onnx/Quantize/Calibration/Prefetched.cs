using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Niwaki.Onnx;

/// <summary>Reads a sequence ahead on a thread of its own, in order.</summary>
internal static class Prefetched
{
    /// <param name="source">Gone through once.</param>
    /// <param name="ahead">How many are ready at most.</param>
    public static IEnumerable<T> Of<T>(IEnumerable<T> source, int ahead)
    {
        using var stop = new CancellationTokenSource();
        using var queue = new BlockingCollection<T>(ahead);
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(Read) { IsBackground = true, Name = "pictures" };
        thread.Start();
        try
        {
            foreach (var item in queue.GetConsumingEnumerable())
                yield return item;
            failure?.Throw();
        }
        finally
        {
            stop.Cancel();
            thread.Join();
        }

        void Read()
        {
            try
            {
                foreach (var item in source)
                    queue.Add(item, stop.Token);
            }
            catch (OperationCanceledException problem)
            {
                failure = stop.IsCancellationRequested ? null : ExceptionDispatchInfo.Capture(problem);
            }
#pragma warning disable CA1031 // thrown again where the sequence is read
            catch (Exception problem)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(problem);
            }
            finally
            {
                queue.CompleteAdding();
            }
        }
    }
}
