using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A loaded graph with inputs of fixed numbers, to be timed.</summary>
internal sealed class TimedGraph : IDisposable
{
    private readonly string where;
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly string[] names;
    private readonly string[] outputs;
    private readonly List<OrtValue> values = [];

    /// <summary>Loads a graph whose open sizes count as one.</summary>
    public TimedGraph(ModelProto model, string where, int threads)
        : this(new OrtRuntime { Threads = threads }.Open(model, where), where)
    {
    }

    /// <summary>Takes a loaded graph, which it then owns.</summary>
    public TimedGraph(InferenceSession session, string where)
    {
        this.where = where;
        this.session = session;
        names = [.. session.InputNames];
        outputs = [.. session.OutputNames];
        var random = new Random(1);
        foreach (var name in names)
        {
            var metadata = session.InputMetadata[name];
            long[] shape = [.. metadata.Dimensions.Select(size => (long)Math.Max(1, size))];
            if (metadata.ElementDataType == TensorElementType.Float)
            {
                var data = new float[shape.Aggregate(1L, (product, size) => product * size)];
                for (var i = 0; i < data.Length; i++)
                    data[i] = (random.NextSingle() * 4) - 2;
                values.Add(OrtValue.CreateTensorValueFromMemory(data, shape));
            }
            else
            {
                values.Add(OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, metadata.ElementDataType, shape));
            }
        }
    }

    /// <summary>Runs once.</summary>
    public void Run() => OrtRuntime.Guard(where, () => session.Run(options, names, values, outputs)).Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        values.ForEach(value => value.Dispose());
        options.Dispose();
        session.Dispose();
    }
}
