using Google.Protobuf;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class OnnxFileTests : IDisposable
{
    private const string Foreign = "topformer-lpcv/tiny_288_8tp_3trans_dist-682.onnx";
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_foreign_file_is_the_same_after_reading_and_writing()
    {
        var path = Shared.Model(Foreign);
        OnnxFile.Write(folder["copy.onnx"], OnnxFile.Read(path));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(folder["copy.onnx"]));
    }

    [Fact]
    public void Fields_that_the_schema_does_not_know_survive()
    {
        var bytes = Small().ToByteArray().Concat((byte[])[0xd2, 0x0f, 3, 1, 2, 3]).ToArray(); // field 250, three bytes
        File.WriteAllBytes(folder["in.onnx"], bytes);
        OnnxFile.Write(folder["out.onnx"], OnnxFile.Read(folder["in.onnx"]));
        Assert.Equal(bytes, File.ReadAllBytes(folder["out.onnx"]));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        var bytes = Small().ToByteArray();
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(folder["cut.onnx"], bytes[..length]);
            Assert.Throws<StageException>(() => OnnxFile.Read(folder["cut.onnx"]));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("not an onnx file at all, but some text that goes on for a while")]
    [InlineData("{\"json\": true}")]
    public void Another_format_is_refused(string text)
    {
        File.WriteAllText(folder["text.onnx"], text);
        var problem = Assert.Throws<StageException>(() => OnnxFile.Read(folder["text.onnx"]));
        Assert.Contains("text.onnx", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Assert.Contains("no such file", Assert.Throws<StageException>(() => OnnxFile.Read(folder["none.onnx"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_whose_bytes_do_not_fill_its_shape_is_refused()
    {
        var model = Small();
        model.Graph.Initializer[0].Dims[0] = 5;
        OnnxFile.Write(folder["wrong.onnx"], model);
        Assert.Contains("takes 20 bytes, but holds 12", Assert.Throws<StageException>(() => OnnxFile.Read(folder["wrong.onnx"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_with_an_absurd_shape_is_refused()
    {
        var model = Small();
        model.Graph.Initializer[0].Dims.Clear();
        model.Graph.Initializer[0].Dims.AddRange([int.MaxValue, int.MaxValue, int.MaxValue]);
        OnnxFile.Write(folder["wrong.onnx"], model);
        Assert.Throws<StageException>(() => OnnxFile.Read(folder["wrong.onnx"]));
    }

    [Fact]
    public void Tensors_in_files_beside_it_are_brought_in()
    {
        var model = Outside("weights.bin", offset: 4, length: 12);
        File.WriteAllBytes(folder["weights.bin"], [9, 9, 9, 9, .. model.Item2]);
        var tensor = Assert.Single(OnnxFile.Read(folder["model.onnx"]).Graph.Initializer);
        Assert.Equal([1f, 2f, 3f], tensor.Floats());
        Assert.Empty(tensor.ExternalData);
    }

    [Theory]
    [InlineData("missing.bin", 0, 12, "missing")]
    [InlineData("weights.bin", 8, 12, "cut")]
    [InlineData("weights.bin", -4, 12, "cut")]
    [InlineData("../outside.bin", 0, 12, "outside")]
    [InlineData("/etc/hostname", 0, 12, "outside")]
    public void Tensors_in_files_that_are_wrong_are_refused(string location, int offset, int length, string why)
    {
        var (_, bytes) = Outside(location, offset, length);
        File.WriteAllBytes(folder["weights.bin"], bytes);
        Assert.Contains(why, Assert.Throws<StageException>(() => OnnxFile.Read(folder["model.onnx"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_one_file_cannot_hold_go_into_a_file_beside_it()
    {
        var model = TestGraph.Transformer();
        OnnxFile.Write(folder["model.onnx"], model, most: 1000);
        Assert.True(new FileInfo(folder["model.onnx.data"]).Length > 4096);
        Assert.All(OnnxFile.Parse(folder["model.onnx"]).Graph.Initializer, tensor => Assert.InRange(tensor.RawData.Length, 0, 1023));
        Assert.Equal(model, OnnxFile.Read(folder["model.onnx"]));
        // ONNX Runtime reads it itself
        var (shape, image) = (new Shape(1, 3, 32, 32), TestGraph.Pictures(1, 32)[0]);
        using var session = new OrtRuntime().Open(folder["model.onnx"]);
        Assert.Equal(["image"], session.InputNames);
        Running.Same([.. Running.Floats(model, image, shape).Select(value => (double)value)], Running.Floats(OnnxFile.Read(folder["model.onnx"]), image, shape), 0, "read back");
    }

    [Fact]
    public void A_copy_of_another_name_takes_the_weights_beside_it_along()
    {
        var model = TestGraph.Transformer();
        OnnxFile.Write(folder["model.onnx"], model, most: 1000);
        Directory.CreateDirectory(folder["elsewhere"]);
        OnnxFile.Copy(folder["model.onnx"], folder["elsewhere/small.onnx"]);
        Assert.Equal(["small.onnx", "small.onnx.data"], Directory.GetFiles(folder["elsewhere"]).Select(path => Path.GetFileName(path)!).Order());
        Assert.Equal(model, OnnxFile.Read(folder["elsewhere/small.onnx"]));
        OnnxFile.Write(folder["whole.onnx"], model);
        OnnxFile.Copy(folder["whole.onnx"], folder["other.onnx"]);
        Assert.Equal(File.ReadAllBytes(folder["whole.onnx"]), File.ReadAllBytes(folder["other.onnx"]));
        Assert.False(File.Exists(folder["other.onnx.data"]));
    }

    [Fact]
    public void A_folder_is_told_from_a_file_that_is_missing()
    {
        Directory.CreateDirectory(folder["folder.onnx"]);
        Assert.Contains("is a folder", Assert.Throws<StageException>(() => OnnxFile.Read(folder["folder.onnx"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_graph_that_still_parses_is_refused_by_the_engine()
    {
        var model = Small();
        model.Graph.Node[0].OpType = "Addd";
        OnnxFile.Write(folder["odd.onnx"], model);
        Assert.Contains("odd.onnx", Assert.Throws<StageException>(() => new OrtRuntime().Open(folder["odd.onnx"])).Message, StringComparison.Ordinal);
    }

    private static ModelProto Small()
    {
        var graph = new GraphWriter(17);
        var sum = graph.Node("Add", "sum", ["image", graph.Parameter("offset", new Weight(new Shape(3), [1, 2, 3]))]);
        return graph.Finish("small", Float("image"), (sum, Float("logits")));
    }

    private (ModelProto Model, byte[] Bytes) Outside(string location, int offset, int length)
    {
        var model = Small();
        var tensor = model.Graph.Initializer[0];
        var bytes = tensor.RawData.ToByteArray();
        tensor.ClearRawData();
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{offset}" });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{length}" });
        OnnxFile.Write(folder["model.onnx"], model);
        return (model, bytes);
    }

    private static ValueInfoProto Float(string name) =>
        new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimValue = 3 } } } } } };
}
