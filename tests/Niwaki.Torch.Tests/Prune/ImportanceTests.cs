using TorchSharp;

namespace Niwaki.Torch.Tests;

public sealed class ImportanceTests : IDisposable
{
    private readonly TrainingBench bench = new();

    private readonly ChannelGraph graph = ChannelOps.Of(TrainingBench.Tiny(), 32, 32);

    public static TheoryData<Importance> All => [new TaylorImportance { Pictures = 8 }, new FisherImportance { Pictures = 4 }, new VarianceImportance { Pictures = 4 }, new MagnitudeImportance(), new MagnitudeImportance { Norm = WeightNorm.L1 }, new ScaleImportance()];

    public void Dispose() => bench.Dispose();

    [Theory]
    [MemberData(nameof(All))]
    public void A_dead_unit_is_ranked_last(Importance importance)
    {
        var groups = graph.Groups.Where(group => group.Fixed is null && group.Units > 1).ToArray();
        foreach (var group in groups.GroupBy(group => group.Kind).Select(kind => kind.First()))
        {
            var dead = group.Units - 1;
            var weights = Families.Weights(graph, 3).ToDictionary();
            foreach (var slice in group.Slices)
                weights[slice.Parameter] = Dead(weights[slice.Parameter], slice, dead);
            var scores = importance.Scores(Request([group], weights))[0];
            Assert.Equal(0, scores[dead]);
            Assert.True(scores[..dead].Count(score => score > 0) >= dead - 1, "a ReLU may never fire on so few pictures, but not more than one");
        }
    }

    [Fact]
    public void Taylor_is_how_the_loss_changes_when_a_unit_fades()
    {
        var weights = Families.Weights(graph, 3);
        var groups = graph.Groups.Where(group => group.Fixed is null).GroupBy(group => group.Kind).Select(kind => kind.Last()).ToArray();
        var scores = new TaylorImportance { Pictures = 4, Batch = 4 }.Scores(Request(groups, weights));
        const float Fade = 1e-3f;
        for (var g = 0; g < groups.Length; g++)
        {
            for (var unit = 0; unit < Math.Min(3, groups[g].Units); unit++)
            {
                var slope = (Loss(Faded(weights, groups[g], unit, 1 + Fade)) - Loss(Faded(weights, groups[g], unit, 1 - Fade))) / (2 * Fade);
                Assert.Equal(Math.Abs(slope), scores[g][unit], 3e-4 + (0.03 * Math.Abs(slope)));
            }
        }
    }

    [Fact]
    public void Chance_follows_the_seed()
    {
        var groups = graph.Groups.Where(group => group.Fixed is null).ToArray();
        var weights = Families.Weights(graph, 3);
        Assert.Equal(new RandomImportance().Scores(Request(groups, weights)), new RandomImportance().Scores(Request(groups, weights)));
        Assert.NotEqual(new RandomImportance().Scores(Request(groups, weights, seed: 2)), new RandomImportance().Scores(Request(groups, weights)));
    }

    [Fact]
    public void Unlabelled_calibration_pictures_are_refused()
    {
        bench.Data = new Unlabelled();
        var groups = graph.Groups.Where(group => group.Fixed is null).ToArray();
        var problem = Assert.Throws<StageException>(() => new TaylorImportance { Pictures = 4 }.Scores(Request(groups, Families.Weights(graph, 3))));
        Assert.Contains("labelled pixel", problem.Message, StringComparison.Ordinal);
    }

    private ImportanceRequest Request(IReadOnlyList<ChannelGroup> groups, IReadOnlyDictionary<string, Weight> weights, int seed = 1) =>
        new(graph, groups, weights, new Preprocess(32, 32), bench.Context("importance", seed));

    private static Weight Dead(Weight weight, ChannelSlice slice, int unit) => Scaled(weight, slice, unit, 0);

    private static Dictionary<string, Weight> Faded(IReadOnlyDictionary<string, Weight> weights, ChannelGroup group, int unit, float factor)
    {
        var faded = weights.ToDictionary();
        foreach (var slice in group.Slices.Where(slice => slice.Reads))
            faded[slice.Parameter] = Scaled(faded[slice.Parameter], slice, unit, factor);
        return faded;
    }

    private static Weight Scaled(Weight weight, ChannelSlice slice, int unit, float factor)
    {
        var inner = weight.Shape.Dimensions.Skip(slice.Axis + 1).Aggregate(1, (product, size) => product * size);
        return weight with { Values = [.. weight.Values.Select((value, i) => slice.Units[i / inner % slice.Units.Count] == unit ? value * factor : value)] };
    }

    // the cross-entropy of the first calibration batch, worked out on its own
    private double Loss(IReadOnlyDictionary<string, Weight> weights)
    {
        using var scope = torch.NewDisposeScope();
        using var inference = torch.no_grad();
        using var network = Network.Of(graph.Architecture, 32, 32, weights);
        using var loader = new Vision.BatchLoader(bench.Data.Open(Split.Train), new Preprocess(32, 32), new Vision.BatchLoaderOptions { Batch = 4, Seed = 1 });
        using var batch = loader.Next();
        var logits = torch.nn.functional.interpolate(network.Forward(torch.tensor(batch.Images[..(4 * 3 * 32 * 32)]).reshape(4, 3, 32, 32)), [32, 32], mode: torch.InterpolationMode.Bilinear, align_corners: false);
        var log = torch.nn.functional.log_softmax(logits, 1);
        var labels = torch.tensor(batch.Labels[..(4 * 32 * 32)]).to(torch.int64).reshape(4, 1, 32, 32);
        return -log.gather(1, labels).to(torch.float64).mean().item<double>();
    }

    private sealed record Unlabelled : DataSource
    {
        public override IReadOnlyList<ClassInfo> Classes() => new Rectangles().Classes();

        public override ISampleSet Open(Split split) => new Set();

        public override string Digest() => "unlabelled";

        private sealed class Set : ISampleSet
        {
            public int Count => 2;

            public Sample Load(int index) => new($"{index}", new RgbImage(32, 32, new byte[32 * 32 * 3]), null);

            public IReadOnlyList<long> ClassPixels(int index) => [0, 0, 0];
        }
    }
}
