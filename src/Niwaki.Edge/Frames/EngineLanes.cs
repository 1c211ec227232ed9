using System.Threading.Channels;
using Niwaki.Onnx;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>The engine, for one picture at a time or several: a lane takes one, and all of them share the weights.</summary>
internal sealed class EngineLanes : IDisposable
{
    private readonly OnnxSegmenter[] lanes;
    private readonly Channel<ISegmenter> free = Channel.CreateUnbounded<ISegmenter>();

    /// <summary>Loads the graph, and runs it once so that the first picture does not wait for it.</summary>
    /// <exception cref="StageException">The graph does not load or does not fit the contract.</exception>
    public EngineLanes(string path, Preprocess preprocess, int classes, int count, int threads)
    {
        lanes = new OnnxSegmenter[count];
        var blank = new float[3 * preprocess.Height * preprocess.Width];
        try
        {
            for (var i = 0; i < count; i++)
            {
                lanes[i] = i > 0 ? lanes[0].Beside() : new OnnxSegmenter(path, preprocess.Height, preprocess.Width, classes, new OrtRuntime { Threads = threads, SleepsBetweenRuns = true });
                free.Writer.TryWrite(lanes[i]);
            }

            lanes[0].Run(blank);
            NativeHeap.Bound();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => lanes.Length;

    /// <summary>The engine with its version.</summary>
    public string Engine => lanes[0].Engine;

    /// <summary>Runs a prepared picture on the next free lane.</summary>
    public async ValueTask<(Prediction Prediction, TimeSpan Took)> RunAsync(ReadOnlyMemory<float> input, TimeProvider time, CancellationToken cancel)
    {
        var lane = await free.Reader.ReadAsync(cancel);
        try
        {
            var begun = time.GetTimestamp();
            var prediction = lane.Run(input.Span);
            return (prediction, time.GetElapsedTime(begun));
        }
        finally
        {
            free.Writer.TryWrite(lane);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // the first one holds the graph
        foreach (var lane in lanes.Reverse())
            lane?.Dispose();
    }
}
