namespace Niwaki.Tests;

public sealed class MergeTokensTests : IDisposable
{
    private static readonly Vocabulary Vocabulary = new();

    private readonly string folder = Directory.CreateTempSubdirectory("niwaki-merge-").FullName;
    private readonly HeardLog log = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_transformer_merges_tokens_from_block_to_block_and_keeps_its_weights()
    {
        var dense = Model("deit-tiny+linear");
        var merging = Run(new MergeTokens(8), dense);
        Assert.Equal(Enumerable.Repeat(8, 12), Backbone(merging).Merged);
        foreach (var (name, weight) in dense.Weights(Vocabulary))
            Assert.Equal(weight.Values, merging.Weights(Vocabulary)[name].Values);
        // 65 tokens, 8 fewer each time, and at last half of what is no class token
        Assert.Equal(1, log.Count("65, 57, 49, 41, 33, 25, 17, 9, 5, 3, 2, 2 tokens"));
        Assert.True(Macs(merging) < 0.6 * Macs(dense));
        Assert.Equal(dense.Architecture(Vocabulary), Run(new MergeTokens(0), merging).Architecture(Vocabulary));
    }

    [Fact]
    public void Counts_may_fall_from_block_to_block()
    {
        var merging = Backbone(Run(new MergeTokens(3) { Slope = -1, Proportional = false }, Model("vit-tiny-16+segformer-16")));
        Assert.Equal([6, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0], merging.Merged);
        Assert.False(merging.ProportionalAttention);
    }

    [Fact]
    public void Windows_cannot_lose_tokens()
    {
        var error = Assert.Throws<StageException>(() => Run(new MergeTokens(8), Model("swin-micro+linear")));
        Assert.Contains("vit-tiny-16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<StageException>(() => new MergeTokens(-1).Validate());
        Assert.Throws<StageException>(() => new MergeTokens(8) { Slope = 1.5 }.Validate());
        Assert.Throws<StageException>(() => new MergeTokens(8) { Slope = double.NaN }.Validate());
    }

    private static VitBackbone Backbone(TorchModel model) => (VitBackbone)model.Architecture(Vocabulary).Backbone;

    private static double Macs(TorchModel model) => CostOps.Of(model.Architecture(Vocabulary), 128, 128).Macs.Value;

    private TorchModel Model(string name)
    {
        var architecture = Presets.Architecture(name, 3);
        var weights = ParameterOps.Of(architecture, 128, 128).ToDictionary(spec => spec.Name, spec => new Weight(spec.Shape, new float[spec.Shape.Elements]));
        var partial = Directory.CreateDirectory(Path.Combine(folder, $"{name}.partial")).FullName;
        ModelFiles.WriteNetwork(partial, architecture, weights, new Preprocess(128, 128), [new("a", "#000000"), new("b", "#000001"), new("c", "#000002")], Vocabulary);
        return ArtifactStore.Seal<TorchModel>(partial, Path.Combine(folder, name), [], Vocabulary);
    }

    private TorchModel Run(MergeTokens stage, TorchModel input)
    {
        var name = Path.Combine(folder, Path.GetRandomFileName());
        var output = Directory.CreateDirectory($"{name}.partial").FullName;
        var context = new StageContext(output, Vocabulary, _ => throw new InvalidOperationException()) { Log = log };
        return (TorchModel)stage.Apply(input, context, name);
    }
}
