using System.Threading.Channels;
using Niwaki.Onnx;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>The engine, once or several times: a lane takes one picture at a time.</summary>
internal sealed class EngineLanes : IDisposable
{
    private readonly ISegmenter[] lanes;
    private readonly Channel<ISegmenter> free = Channel.CreateUnbounded<ISegmenter>();

    /// <summary>Loads the graph for each lane, and runs it once so that the first picture does not wait for it.</summary>
    /// <exception cref="StageException">The graph does not load or does not fit the contract.</exception>
    public EngineLanes(string path, Preprocess preprocess, int classes, int count, int threads)
    {
        lanes = new ISegmenter[count];
        var blank = new float[3 * preprocess.Height * preprocess.Width];
        try
        {
            for (var i = 0; i < count; i++)
            {
                lanes[i] = new OnnxSegmenter(path, preprocess.Height, preprocess.Width, classes, new OrtRuntime { Threads = threads });
                lanes[i].Run(blank);
                free.Writer.TryWrite(lanes[i]);
            }

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
        foreach (var lane in lanes)
            lane?.Dispose();
    }
}
