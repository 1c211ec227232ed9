using Niwaki.Onnx.Proto;
using Niwaki.Vision;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx.Tests;

public sealed class OnnxEngineTests : IDisposable
{
    private const string Foreign = "topformer-lpcv/tiny_288_8tp_3trans_dist-682.onnx";
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_foreign_graph_runs_under_a_contract_and_its_cost_is_counted()
    {
        var model = WithContract(new Preprocess(288, 288), 14);
        using var segmenter = Engine.For(model, TestFolder.Vocabulary).Open(model, TestFolder.Vocabulary, 1);
        var prediction = segmenter.Run(RandomWeights.Image(segmenter.Input));
        Assert.Equal((14, 36, 36), (prediction.Classes, prediction.Height, prediction.Width));
        Assert.All(prediction.Scores, score => Assert.True(float.IsFinite(score)));
        Assert.InRange(segmenter.Cost.Parameters, 960_000, 1_000_000);
        Assert.InRange(segmenter.Cost.Macs.Value, 1e8, 3e8);
    }

    [Theory]
    [InlineData(256, 288, 14, "takes")]
    [InlineData(288, 288, 5, "5 classes")]
    public void A_contract_that_does_not_fit_the_graph_is_refused(int width, int height, int classes, string why)
    {
        var model = WithContract(new Preprocess(width, height), classes);
        var problem = Assert.Throws<StageException>(() =>
        {
            using var segmenter = new OnnxEngine().Open(model, TestFolder.Vocabulary, 1);
            segmenter.Run(new float[segmenter.Input.Elements]);
        });
        Assert.Contains(why, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((int)DataType.Float16, (int)DataType.Float16)]
    [InlineData((int)DataType.Float, (int)DataType.Float16)]
    [InlineData((int)DataType.Float16, (int)DataType.Float)]
    public void Pictures_and_logits_may_be_float16(int image, int logits)
    {
        var graph = new GraphWriter(17);
        var cast = graph.Node("Cast", "cast", ["image"], ("to", logits));
        var model = graph.Finish("cast", Info("image", (DataType)image), (cast, Info("logits", (DataType)logits)));
        Directory.CreateDirectory(folder["half"]);
        OnnxFile.Write(Path.Combine(folder["half"], OnnxModel.GraphFile), model);
        ModelFiles.WriteContract(folder["half"], new Preprocess(2, 2), TestFolder.Classes, TestFolder.Vocabulary);
        using var segmenter = new OnnxEngine().Open(new OnnxModel(folder["half"]) { Digest = string.Empty, Lineage = [] }, TestFolder.Vocabulary, 1);
        float[] picture = [.. Enumerable.Range(0, 12).Select(i => (i / 8f) - 0.5f)];
        Assert.Equal(picture, segmenter.Run(picture).Scores);
    }

    [Theory]
    [InlineData((int)DataType.Uint8)]
    [InlineData((int)DataType.Int32)]
    [InlineData((int)DataType.Int64)]
    public void Labels_may_come_in_any_integer_type(int type)
    {
        var graph = new GraphWriter(17);
        var best = graph.Node("ArgMax", "best", ["image"], ("axis", 1), ("keepdims", 0));
        var cast = graph.Node("Cast", "cast", [best], ("to", type));
        var model = graph.Finish("labels", Info("image", DataType.Float), (cast, Info("labels", (DataType)type, 1, 2, 2)));
        Directory.CreateDirectory(folder["labels"]);
        OnnxFile.Write(Path.Combine(folder["labels"], OnnxModel.GraphFile), model);
        ModelFiles.WriteContract(folder["labels"], new Preprocess(2, 2), TestFolder.Classes, TestFolder.Vocabulary);
        using var segmenter = new OnnxEngine().Open(new OnnxModel(folder["labels"]) { Digest = string.Empty, Lineage = [] }, TestFolder.Vocabulary, 1);
        var prediction = segmenter.Run([9, 0, 0, 0, 0, 9, 0, 1, 0, 0, 9, 0]);
        Assert.Equal([(byte)0, 1, 2, 1], prediction.Labels);
        Assert.Empty(prediction.Scores);
    }

    private static ValueInfoProto Info(string name, DataType type, params int[] sizes)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() };
        tensor.Shape.Dim.AddRange((sizes.Length > 0 ? sizes : [1, 3, 2, 2]).Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private OnnxModel WithContract(Preprocess preprocess, int classes)
    {
        var path = Shared.Model(Foreign);
        Directory.CreateDirectory(folder["foreign"]);
        File.Copy(path, Path.Combine(folder["foreign"], OnnxModel.GraphFile));
        ModelFiles.WriteContract(folder["foreign"], preprocess, [.. Enumerable.Range(0, classes).Select(i => new ClassInfo($"class {i}", "#000000"))], TestFolder.Vocabulary);
        return new OnnxModel(folder["foreign"]) { Digest = string.Empty, Lineage = [] };
    }
}
