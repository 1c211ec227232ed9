using Google.Protobuf;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

/// <summary>ONNX files as they may come from anywhere, given to the engine itself.</summary>
public sealed class HostileGraphTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_cut_anywhere_is_refused_by_the_engine_by_name()
    {
        var whole = Small(3).ToByteArray();
        for (var length = 0; length < whole.Length; length += 3)
            Assert.Contains("model.onnx", Refused(whole[..length]));
    }

    [Fact]
    public void Random_bytes_are_refused_by_the_engine_and_by_the_reader()
    {
        var random = new Random(7);
        foreach (var length in (int[])[0, 1, 2, 7, 64, 1000, 100_000])
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            Assert.Contains("model.onnx", Refused(bytes));
            Assert.Contains("model.onnx", Assert.Throws<StageException>(() => OnnxFile.Read(folder["model.onnx"])).Message);
        }
    }

    [Fact]
    public void Every_flipped_byte_gives_a_model_or_a_refusal()
    {
        var whole = Small(3).ToByteArray();
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var mask in (byte[])[0x01, 0xFF])
            {
                var broken = whole.ToArray();
                broken[at] ^= mask;
                File.WriteAllBytes(folder["model.onnx"], broken);
                Try(() => OnnxFile.Read(folder["model.onnx"]));
                Try(() => Open().Dispose());
            }
        }

        static void Try(Action action)
        {
            try
            {
                action();
            }
            catch (StageException)
            {
                // a clear refusal is as good as a model
            }
        }
    }

    [Fact]
    public void A_graph_that_takes_no_picture_is_refused()
    {
        var model = Small(3);
        model.Graph.Input.Clear();
        model.Graph.Node[0].Input[0] = model.Graph.Initializer[0].Name;
        Assert.Contains("says one picture [1, 3, 4, 4]", Refused(model.ToByteArray()));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1 << 23)]
    public void A_batch_that_no_memory_holds_is_refused_before_it_is_allocated(long pictures)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("pictures at once", Refused(Small(3, pictures).ToByteArray()));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_file_of_more_than_2_GB_is_refused_without_reading_it()
    {
        using (var stream = File.Create(folder["model.onnx"]))
            stream.SetLength(3L << 30);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("at most", Assert.Throws<StageException>(() => OnnxFile.Read(folder["model.onnx"])).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static ModelProto Small(int channels, long pictures = 1)
    {
        var graph = new GraphWriter(17);
        var sum = graph.Node("Add", "sum", ["image", graph.Parameter("offset", new Weight(new Shape(1, channels, 1, 1), new float[channels]))]);
        return graph.Finish("small", Float("image", pictures, channels), (sum, Float("logits", pictures, channels)));
    }

    private static ValueInfoProto Float(string name, params ReadOnlySpan<long> leading)
    {
        var shape = new TensorShapeProto();
        foreach (var size in (long[])[.. leading, 4, 4])
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } } };
    }

    private OnnxSegmenter Open() => new(folder["model.onnx"], 4, 4, 3, new OrtRuntime());

    private string Refused(byte[] bytes)
    {
        File.WriteAllBytes(folder["model.onnx"], bytes);
        return Assert.Throws<StageException>(() => Open().Dispose()).Message;
    }
}
