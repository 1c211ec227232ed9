namespace Niwaki.Tests;

public sealed class SparsifyTests : IDisposable
{
    private static readonly Vocabulary Vocabulary = new();

    private readonly string folder = Directory.CreateTempSubdirectory("niwaki-sparsify-").FullName;
    private readonly HeardLog log = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_smallest_weights_become_zero_and_the_others_stay(bool perLayer)
    {
        var (dense, sparse) = Run(new Sparsify(0.7) { PerLayer = perLayer });
        var layers = dense.Where(weight => weight.Key.EndsWith(".weight", StringComparison.Ordinal) && weight.Value.Shape.Rank > 1).ToArray();
        Assert.Equal(0.7, layers.Sum(layer => sparse[layer.Key].Values.Count(value => value == 0)) / (double)layers.Sum(layer => layer.Value.Values.Length), 0.005);
        foreach (var (name, weight) in layers)
        {
            var gone = weight.Values.Zip(sparse[name].Values).Where(pair => pair.Second == 0).Max(pair => Math.Abs(pair.First));
            Assert.All(weight.Values.Zip(sparse[name].Values).Where(pair => pair.Second != 0), pair => Assert.True(pair.First == pair.Second && Math.Abs(pair.First) >= gone));
            if (perLayer)
                Assert.Equal(0.7, sparse[name].Values.Count(value => value == 0) / (double)weight.Values.Length, 0.05);
        }

        Assert.All(dense.Where(weight => weight.Value.Shape.Rank == 1), weight => Assert.Equal(weight.Value.Values, sparse[weight.Key].Values));
        Assert.Equal(1, log.Count("70.0 %"));
    }

    [Fact]
    public void Two_of_every_four_input_channels_keep_the_larger_half()
    {
        var (dense, sparse) = Run(new Sparsify(0.5) { Pattern = SparsityPattern.TwoOfFour });
        const string Name = "head.fpn_bottleneck.conv.weight";
        var (before, after) = (dense[Name], sparse[Name]);
        for (var output = 0; output < before.Shape[0]; output++)
        {
            for (var four = 0; four < before.Shape[1] / 4; four++)
            {
                for (var tap = 0; tap < 9; tap++)
                {
                    int[] places = [.. Enumerable.Range(0, 4).Select(i => (((output * before.Shape[1]) + (four * 4) + i) * 9) + tap)];
                    Assert.Equal(2, places.Count(place => after.Values[place] == 0));
                    Assert.True(places.Where(place => after.Values[place] == 0).Max(place => Math.Abs(before.Values[place])) <= places.Where(place => after.Values[place] != 0).Min(place => Math.Abs(before.Values[place])));
                }
            }
        }

        Assert.Equal(dense["backbone.stem.conv.weight"].Values, sparse["backbone.stem.conv.weight"].Values);        // three input channels
        Assert.Equal(1, log.Count("no multiple of four"));
    }

    [Fact]
    public void Shares_out_of_range_are_refused()
    {
        Assert.Throws<StageException>(() => new Sparsify(double.NaN).Validate());
        Assert.Throws<StageException>(() => new Sparsify(1).Validate());
        Assert.Throws<StageException>(() => new Sparsify(0.6) { Pattern = SparsityPattern.TwoOfFour }.Validate());
    }

    private (IReadOnlyDictionary<string, Weight> Dense, IReadOnlyDictionary<string, Weight> Sparse) Run(Sparsify stage)
    {
        var architecture = Presets.Architecture("mobilevit-micro+upernet-16", 3);
        var random = new Random(1);
        var dense = ParameterOps.Of(architecture, 64, 64).ToDictionary(spec => spec.Name, spec => new Weight(spec.Shape, [.. Enumerable.Range(0, (int)spec.Shape.Elements).Select(_ => random.NextSingle() - 0.5f)]));
        var partial = Directory.CreateDirectory(Path.Combine(folder, "dense.partial")).FullName;
        ModelFiles.WriteNetwork(partial, architecture, dense, new Preprocess(64, 64), [new("a", "#000000"), new("b", "#000001"), new("c", "#000002")], Vocabulary);
        var input = ArtifactStore.Seal<TorchModel>(partial, Path.Combine(folder, "dense"), [], Vocabulary);
        var output = Directory.CreateDirectory(Path.Combine(folder, "sparse.partial")).FullName;
        var context = new StageContext(output, Vocabulary, _ => throw new InvalidOperationException()) { Log = log };
        return (dense, ((TorchModel)stage.Apply(input, context, Path.Combine(folder, "sparse"))).Weights(Vocabulary));
    }
}
