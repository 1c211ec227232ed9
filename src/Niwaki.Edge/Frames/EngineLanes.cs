using System.Diagnostics.CodeAnalysis;
using Niwaki.Onnx;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>
/// The engine, for one picture at a time or several: a lane takes one, and all of them share the weights. Who finds a free lane runs on it in
/// his own thread. While pictures wait in line, a thread of the lane's own takes one after the other: the engine goes on while the thread of
/// whoever has his prediction, or of whoever comes next, is still to be woken.
/// </summary>
internal sealed class EngineLanes : IDisposable
{
    private readonly OnnxSegmenter segmenter;
    private readonly Lock sync = new();
    private readonly Queue<Picture> line = [];
    private readonly SemaphoreSlim taken = new(0);
    private readonly Thread[] own;
    private int free;
    private bool ended;

    /// <summary>Loads the graph and runs it, so that the first picture does not wait for it.</summary>
    /// <exception cref="StageException">The graph does not load or does not fit the contract.</exception>
    public EngineLanes(string path, Preprocess preprocess, int classes, int count, int threads)
    {
        segmenter = new OnnxSegmenter(path, preprocess.Height, preprocess.Width, classes, new OrtRuntime { Threads = threads });
        NativeHeap.Bound();
        try
        {
            segmenter.WarmUp();
        }
        catch
        {
            segmenter.Dispose();
            throw;
        }

        free = count;
        own = [.. Enumerable.Range(1, count).Select(number => new Thread(TakeTurns) { IsBackground = true, Name = $"lane {number}" })];
        foreach (var thread in own)
            thread.Start();
    }

    /// <summary>How many there are.</summary>
    public int Count => own.Length;

    /// <summary>The engine with its version.</summary>
    public string Engine => segmenter.Engine;

    /// <summary>Runs a prepared picture on the next free lane.</summary>
    /// <param name="input">The caller's again when the task is done, however it ends.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Ends the waiting; what runs is finished.</param>
    public async ValueTask<(Prediction Prediction, TimeSpan Took)> RunAsync(ReadOnlyMemory<float> input, TimeProvider time, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var picture = new Picture(input, time);
        if (Enter(picture))
        {
            picture.Run(segmenter);
            Leave();
        }

        await using (cancel.UnsafeRegister(static (waiting, token) => ((Picture)waiting!).Cancel(token), picture))
            return await picture.Task;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Volatile.Write(ref ended, true);
        taken.Release(Count);
        foreach (var thread in own)
            thread.Join();
        taken.Dispose();
        segmenter.Dispose();
    }

    // a lane, or a place in the line
    private bool Enter(Picture picture)
    {
        lock (sync)
        {
            if (free > 0)
            {
                free--;
                return true;
            }

            line.Enqueue(picture);
            return false;
        }
    }

    // to a thread of the lanes' own where somebody waits
    private void Leave()
    {
        lock (sync)
        {
            if (line.Count == 0)
            {
                free++;
                return;
            }
        }

        taken.Release();
    }

    private void TakeTurns()
    {
        while (true)
        {
            taken.Wait();
            if (Volatile.Read(ref ended))
                return;
            while (Next() is { } picture)
                picture.Run(segmenter);
        }
    }

    private Picture? Next()
    {
        lock (sync)
        {
            if (line.TryDequeue(out var picture))
                return picture;
            free++;
            return null;
        }
    }

    // a prepared picture: it waits, then it runs, unless its caller has gone
    private sealed class Picture(ReadOnlyMemory<float> input, TimeProvider time) : TaskCompletionSource<(Prediction Prediction, TimeSpan Took)>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private int begun;

        [SuppressMessage("Design", "CA1031", Justification = "whatever goes wrong is the caller's to hear, on his own thread")]
        public void Run(OnnxSegmenter segmenter)
        {
            if (Interlocked.Exchange(ref begun, 1) != 0)
                return;
            try
            {
                var start = time.GetTimestamp();
                var prediction = segmenter.Run(input.Span);
                SetResult((prediction, time.GetElapsedTime(start)));
            }
            catch (Exception problem)
            {
                SetException(problem);
            }
        }

        public void Cancel(CancellationToken cancel)
        {
            if (Interlocked.Exchange(ref begun, 1) == 0)
                SetCanceled(cancel);
        }
    }
}
