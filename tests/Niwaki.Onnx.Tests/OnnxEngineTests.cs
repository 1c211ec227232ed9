using Niwaki.Vision;

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

    private OnnxModel WithContract(Preprocess preprocess, int classes)
    {
        var path = Shared.Model(Foreign);
        Directory.CreateDirectory(folder["foreign"]);
        File.Copy(path, Path.Combine(folder["foreign"], OnnxModel.GraphFile));
        ModelFiles.WriteContract(folder["foreign"], preprocess, [.. Enumerable.Range(0, classes).Select(i => new ClassInfo($"class {i}", "#000000"))], TestFolder.Vocabulary);
        return new OnnxModel(folder["foreign"]) { Digest = string.Empty, Lineage = [] };
    }
}
