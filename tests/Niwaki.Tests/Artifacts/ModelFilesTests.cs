namespace Niwaki.Tests;

/// <summary>A model's files as they may come from anywhere.</summary>
public sealed class ModelFilesTests : IDisposable
{
    private static readonly Vocabulary Words = new();
    private readonly TemporaryFolder folder = new();

    public ModelFilesTests()
    {
        var architecture = Presets.Architecture("swin-micro+upernet-8", 2);
        var weights = ParameterOps.Of(architecture, 64, 64).ToDictionary(spec => spec.Name, spec => new Weight(spec.Shape, new float[spec.Shape.Elements]));
        ModelFiles.WriteNetwork(folder.Path, architecture, weights, new Preprocess(64, 64), [new("land", "#404040"), new("water", "#2f6fde")], Words);
    }

    private TorchModel Model => new(folder.Path) { Digest = string.Empty, Lineage = [] };

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Files_that_fit_together_are_read() => Assert.NotEmpty(Model.Weights(Words));

    [Theory]
    [InlineData("\"width\": 64", "\"width\": 0", "input is 0x64")]
    [InlineData("\"width\": 64", "\"width\": -64", "input is -64x64")]
    [InlineData("\"height\": 64", "\"height\": 2147483647", "input is 64x2147483647")]
    [InlineData("0.229", "0", "std is [0, 0.224, 0.225]")]
    [InlineData("0.229", "-1", "std is [-1, 0.224, 0.225]")]
    [InlineData("0.229", "1e39", "std is [")]
    [InlineData("0.229", "\"NaN\"", "preprocess.json")]
    [InlineData("0.229", "NaN", "preprocess.json")]
    [InlineData("0.229", "null", "preprocess.json")]
    [InlineData("0.229,", "", "std is [0.224, 0.225]")]
    [InlineData("0.485", "-1e39", "mean is [")]
    [InlineData("\"stretch\"", "\"squeeze\"", "preprocess.json")]
    [InlineData("\"stretch\"", "1", "preprocess.json")]
    [InlineData("\"width\"", "\"widht\"", "widht")]
    public void A_preprocessing_that_no_picture_can_pass_is_refused(string old, string changed, string why)
    {
        Change(IModel.PreprocessFile, old, changed);
        var problem = Assert.Throws<StageException>(() => Model.Preprocess(Words)).Message;
        Assert.Contains(IModel.PreprocessFile, problem);
        Assert.Contains(why, problem);
        Assert.Throws<StageException>(() => Model.Weights(Words));
    }

    [Theory]
    [InlineData("[]", "0 classes")]
    [InlineData("[null]", "null")]
    [InlineData("{}", "classes.json")]
    [InlineData("""[{"name":"a","color":"#000000"},{"name":"a","color":"#111111"}]""", "lists 'a' 2 times")]
    [InlineData("""[{"name":"a","color":"red"}]""", "colour of 'a' is 'red'")]
    [InlineData("""[{"name":"a","color":"#00000g"}]""", "colour of 'a' is")]
    [InlineData("""[{"name":"a","color":"#000000\n"}]""", "colour of 'a' is")]
    [InlineData("""[{"name":"a","color":"url(javascript:1)"}]""", "colour of 'a' is")]
    [InlineData("""[{"name":"a","color":null}]""", "classes.json")]
    [InlineData("""[{"name":"a"}]""", "classes.json")]
    public void Classes_that_are_no_classes_are_refused(string json, string why)
    {
        File.WriteAllText(folder.Of(IModel.ClassesFile), json);
        Assert.Contains(why, Assert.Throws<StageException>(() => Model.Classes(Words)).Message);
    }

    [Theory]
    [InlineData("\"width\": 48", "\"width\": 2147483647")]
    [InlineData("\"width\": 48", "\"width\": 0")]
    [InlineData("\"width\": 48", "\"width\": -48")]
    [InlineData("\"width\": 48", "\"width\": 56")]
    [InlineData("\"heads\": 2", "\"heads\": 0")]
    [InlineData("\"heads\": 2", "\"heads\": -2")]
    [InlineData("\"heads\": 2", "\"heads\": 1073741824")]
    [InlineData("\"headWidth\": 24", "\"headWidth\": 0")]
    [InlineData("\"mlpWidth\": 192", "\"mlpWidth\": 2000000000")]
    [InlineData("\"window\": 4", "\"window\": 0")]
    [InlineData("\"window\": 4", "\"window\": -4")]
    [InlineData("\"window\": 4", "\"window\": 2000000000")]
    [InlineData("\"patchSize\": 4", "\"patchSize\": 0")]
    [InlineData("\"patchSize\": 4", "\"patchSize\": -4")]
    [InlineData("\"patchSize\": 4", "\"patchSize\": 2000000000")]
    [InlineData("\"classes\": 2", "\"classes\": 0")]
    [InlineData("\"classes\": 2", "\"classes\": -1")]
    [InlineData("\"classes\": 2", "\"classes\": 2147483647")]
    [InlineData("\"width\": 8", "\"width\": 2147483647")]
    [InlineData("\"kind\": \"swin\"", "\"kind\": \"swan\"")]
    public void An_architecture_with_absurd_sizes_is_refused_before_anything_is_allocated(string old, string changed)
    {
        Change(TorchModel.ArchitectureFile, old, changed);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<StageException>(() => Model.Weights(Words));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Theory]
    [InlineData("{\"backbone\":")]
    [InlineData("[")]
    public void Deep_nesting_is_refused(string piece)
    {
        File.WriteAllText(folder.Of(TorchModel.ArchitectureFile), string.Concat(Enumerable.Repeat(piece, 100_000)));
        Assert.Contains(TorchModel.ArchitectureFile, Assert.Throws<StageException>(() => Model.Architecture(Words)).Message);
    }

    [Fact]
    public void Lists_with_null_in_them_are_refused()
    {
        File.WriteAllText(folder.Of(TorchModel.ArchitectureFile), """{"backbone":{"kind":"swin","stages":[null]},"head":{"kind":"linear"},"classes":2}""");
        Assert.Contains("null", Assert.Throws<StageException>(() => Model.Architecture(Words)).Message);
    }

    [Fact]
    public void An_architecture_without_stages_is_refused()
    {
        File.WriteAllText(folder.Of(TorchModel.ArchitectureFile), """{"backbone":{"kind":"swin","stages":[]},"head":{"kind":"linear"},"classes":2}""");
        Assert.Contains("does not fit together", Assert.Throws<StageException>(() => Model.Weights(Words)).Message);
    }

    [Fact]
    public void Weights_of_another_architecture_are_told_by_name()
    {
        Change(TorchModel.ArchitectureFile, "\"classes\": 2", "\"classes\": 3");
        Assert.Contains("needs [3, ", Assert.Throws<StageException>(() => Model.Weights(Words)).Message);
    }

    private void Change(string file, string old, string changed)
    {
        var text = File.ReadAllText(folder.Of(file));
        var at = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{old} is not in {text}");
        File.WriteAllText(folder.Of(file), string.Concat(text.AsSpan(0, at), changed, text.AsSpan(at + old.Length)));
    }
}
