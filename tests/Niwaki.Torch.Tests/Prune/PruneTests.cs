namespace Niwaki.Torch.Tests;

[Collection(TrainingCollection.Name)]
public sealed class PruneTests : IDisposable
{
    private readonly TrainingBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void A_pruned_model_holds_its_budget_proves_itself_and_says_what_it_cut()
    {
        var dense = Model(TrainingBench.Tiny(24));
        var pruned = bench.Run(new Prune(0.6) { Importance = new FisherImportance { Pictures = 8 } }, dense);

        var before = CostOps.Of(dense.Architecture(TrainingBench.Vocabulary), 32, 32);
        var after = CostOps.Of(pruned.Architecture(TrainingBench.Vocabulary), 32, 32);
        Assert.InRange(after.Macs.Value / (double)before.Macs.Value, 0.5, 0.6);
        Assert.Equal(after.Parameters, pruned.Weights(TrainingBench.Vocabulary).Where(weight => !weight.Key.Contains("running", StringComparison.Ordinal)).Sum(weight => weight.Value.Shape.Elements));
        Assert.Contains(bench.Said, line => line.StartsWith("proof on noise", StringComparison.Ordinal));
        Assert.Contains(bench.Said, line => line.StartsWith("proof on 4 validation pictures", StringComparison.Ordinal));
        Assert.Contains(bench.Said, line => line.StartsWith("heads: ", StringComparison.Ordinal));
        var report = TrainingBench.Vocabulary.Read<PruningReport>(File.ReadAllText(pruned.PathOf(PruningReport.File)), PruningReport.File);
        Assert.Equal((before, after), (report.Rounds.Single().Before, report.Rounds.Single().After));
        Assert.Equal([ChannelKind.Filter, ChannelKind.Neuron, ChannelKind.Head, ChannelKind.Stream], report.Rounds[0].Kinds.Select(kind => kind.Kind));
    }

    [Fact]
    public void Parameters_can_be_the_budget_and_kinds_can_be_switched_off()
    {
        var dense = Model(TrainingBench.Tiny(24));
        var pruned = bench.Run(new Prune(0.85) { Of = CostKind.Parameters, Filters = false, Heads = false, Importance = new MagnitudeImportance() }, dense);
        var before = dense.Architecture(TrainingBench.Vocabulary);
        var after = pruned.Architecture(TrainingBench.Vocabulary);
        Assert.InRange(CostOps.Of(after, 32, 32).Parameters / (double)CostOps.Of(before, 32, 32).Parameters, 0.8, 0.85);
        Assert.Equal(((UperNetHead)before.Head).Width, ((UperNetHead)after.Head).Width);
        Assert.All(((SwinBackbone)after.Backbone).Stages.SelectMany(stage => stage.Blocks), block => Assert.Equal((2, 0), (block.Heads, block.MlpWidth % 8)));
    }

    [Fact]
    public void Channels_held_at_their_mean_pass_the_proof_too()
    {
        bench.Run(new Prune(0.6) { Importance = new VarianceImportance { Pictures = 8 }, Compensate = true }, Model(TrainingBench.Tiny(24)));
        Assert.Contains(bench.Said, line => line.StartsWith("proof on noise", StringComparison.Ordinal));
    }

    [Fact]
    public void A_budget_that_no_pruning_can_meet_is_refused_with_what_can_be_reached()
    {
        var dense = Model(TrainingBench.Tiny(24));
        var problem = Assert.Throws<StageException>(() => bench.Run(new Prune(0.01), dense));
        Assert.Contains("Give keep 0.", problem.Message, StringComparison.Ordinal);
        var reach = double.Parse(problem.Message.Split("Give keep ")[1].Split(' ')[0]);
        bench.Run(new Prune(reach) { Importance = new RandomImportance() }, dense);
        Assert.Throws<StageException>(() => bench.Run(new Prune(reach - 0.002), dense));
    }

    public static TheoryData<Prune, string> Wrong => new()
    {
        { new Prune(double.NaN), "keep" },
        { new Prune(0), "keep" },
        { new Prune(1), "keep" },
        { new Prune(0.5) { Filters = false, Neurons = false, Heads = false }, "switched off" },
        { new Prune(0.5) { RoundTo = 0 }, "roundTo" },
        { new Prune(0.5) { Least = 1 }, "least" },
        { new Prune(0.5) { Rounds = 0 }, "rounds" },
        { new Prune(0.5) { Recover = new Train() }, "between rounds" },
        { new Prune(0.5) { Rounds = 2, Recover = new Vision.Measure() }, "'measure'" },
        { new Prune(0.5) { Rounds = 2, Recover = new Train { Steps = -1 } }, "steps" },
        { new Prune(0.5) { Importance = new TaylorImportance { Pictures = 0 } }, "pictures" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Options_out_of_range_are_refused(Prune stage, string what) =>
        Assert.Contains(what, Assert.Throws<StageException>(() => bench.Run(stage, Model(TrainingBench.Tiny(24)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Rounds_with_training_between_them_resume_where_they_were()
    {
        var dense = Model(TrainingBench.Tiny(16));
        var stage = new Prune(0.5)
        {
            Rounds = 3,
            Importance = new TaylorImportance { Pictures = 8 },
            Recover = new Train { Steps = 6, Batch = 4, Augmentation = null, ValidateEvery = 0, Workers = 1 },
        };
        var whole = bench.Run(stage, dense);

        // stops in the training of the second round
        using var interrupted = new TrainingBench();
        var trained = 0;
        interrupted.OnProgress = () => interrupted.StopAt = interrupted.Said.Any(line => line.StartsWith("round 2", StringComparison.Ordinal)) && interrupted.Said[^1].Contains("parameters", StringComparison.Ordinal) && ++trained == 3 ? 0 : double.PositiveInfinity;
        Assert.Throws<OperationCanceledException>(() => interrupted.Run(stage, dense, name: "again"));
        var work = interrupted.Context("again").OutputFolder;
        Assert.True(Directory.Exists(Path.Combine(work, ".rounds", "1", "recovered")));

        using var resumed = new TrainingBench();
        var target = resumed.Context("again").OutputFolder;
        foreach (var file in Directory.EnumerateFiles(work, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(work, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }

        var model = resumed.Run(stage, dense, name: "again");
        Assert.Equal(whole.Digest, model.Digest);
        Assert.Empty(Directory.EnumerateFileSystemEntries(model.Folder, ".*"));
        var report = TrainingBench.Vocabulary.Read<PruningReport>(File.ReadAllText(model.PathOf(PruningReport.File)), PruningReport.File);
        Assert.Equal(3, report.Rounds.Count);
        Assert.Equal(report.Rounds[0].After, report.Rounds[1].Before);
    }

    [Fact]
    public void The_dense_model_can_teach_between_the_rounds()
    {
        var dense = Model(TrainingBench.Tiny(16));
        var teacher = new Dictionary<string, Artifact> { ["dense"] = dense };
        var stage = new Prune(0.6)
        {
            Rounds = 2,
            Importance = new MagnitudeImportance(),
            Recover = new Distill(new ArtifactReference("dense")) { Steps = 3, Batch = 4, Augmentation = null, ValidateEvery = 0, Workers = 1 },
        };
        var model = bench.Run(stage, dense, references: teacher);
        Assert.Equal(dense.Digest, model.Lineage[^1].References["dense"]);
        Assert.Equal(typeof(IModel), stage.KindOf(new ArtifactReference("dense")));
        var json = TrainingBench.Vocabulary.Write<Stage>(stage);
        Assert.Equal(stage, TrainingBench.Vocabulary.Read<Stage>(json, "recipe"));
    }

    [Fact]
    public void Importances_that_look_at_the_loss_keep_more_of_what_was_learned_than_chance_does()
    {
        var trained = bench.Run(TrainingBench.Train(TrainingBench.Tiny(16), 80));
        var chance = Enumerable.Range(1, 2).Select(seed => Loss(bench.Run(new Prune(0.6) { Importance = new RandomImportance() }, trained, seed))).ToArray();
        var taylor = Loss(bench.Run(new Prune(0.6) { Importance = new TaylorImportance { Pictures = 16 } }, trained));
        var fisher = Loss(bench.Run(new Prune(0.6) { Importance = new FisherImportance { Pictures = 16 } }, trained));
        Assert.True(taylor < chance.Min(), $"taylor {taylor}, chance {string.Join(", ", chance)}");
        Assert.True(fisher < 0.7 * chance.Min(), $"fisher {fisher}, chance {string.Join(", ", chance)}");
    }

    [Theory]
    [InlineData("swin+upernet")]
    [InlineData("mobilevit+upernet")]
    [InlineData("deit+linear")]
    public void A_channel_that_never_varies_can_be_held_at_its_mean_without_a_change(string family)
    {
        // a BatchNorm without gain gives every pixel its offset, a neuron without weights its bias
        var architecture = Families.All[family] with { Classes = 3 };
        var graph = ChannelOps.Of(architecture, 32, 32);
        var weights = Families.Weights(graph, 4).ToDictionary();
        var kept = new Dictionary<string, ValueList<int>>();
        foreach (var group in graph.Groups.Where(group => group.Fixed is null && group.Kind is ChannelKind.Filter or ChannelKind.Neuron && Pointwise(graph, group)))
        {
            kept[group.Name] = [.. Enumerable.Range(1, group.Units - 1)];
            foreach (var slice in group.Slices.Where(slice => !slice.Reads && graph.Parameters[slice.Parameter] is { Role: ParameterRole.LinearWeight or ParameterRole.NormWeight }))
                weights[slice.Parameter] = weights[slice.Parameter] with { Values = [.. weights[slice.Parameter].Values.Select((value, i) => i / (weights[slice.Parameter].Values.Length / slice.Units.Count) == 0 ? 0 : value)] };
        }

        Assert.NotEmpty(kept);
        var cut = new ChannelCut(kept);
        var means = InputStatistics.Of(new ImportanceRequest(graph, [.. graph.Groups.Where(group => group.Fixed is null)], weights, new Preprocess(32, 32), bench.Context("means")), 4).Means;
        var (narrow, sliced) = graph.Slice(graph.Compensate(weights, cut, means), cut);

        using var scope = TorchSharp.torch.NewDisposeScope();
        using var inference = TorchSharp.torch.no_grad();
        using var dense = Network.Of(architecture, 32, 32, weights);
        using var pruned = Network.Of(narrow, 32, 32, sliced);
        var image = TorchSharp.torch.randn(2, 3, 32, 32, generator: new TorchSharp.torch.Generator(3));
        var expected = dense.Forward(image);
        Assert.InRange((pruned.Forward(image) - expected).abs().max().item<float>() / expected.abs().max().item<float>(), 0, 1e-4);
    }

    // only read by layers without padding, that have a bias or a BatchNorm to hold the mean
    private static bool Pointwise(ChannelGraph graph, ChannelGroup group) => group.Slices.Where(slice => slice.Reads || slice.Parameter.Contains("depthwise", StringComparison.Ordinal)).All(slice =>
        graph.Parameters[slice.Parameter].Shape.Rank == 2 || (graph.Parameters[slice.Parameter].Shape[^1] == 1 && graph.Norms.ContainsKey(slice.Parameter[..^".weight".Length])));

    private double Loss(TorchModel model)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var inference = TorchSharp.torch.no_grad();
        using var network = Network.Load(model, TrainingBench.Vocabulary);
        using var loader = new Vision.BatchLoader(bench.Data.Open(Split.Validation), model.Preprocess(TrainingBench.Vocabulary), new Vision.BatchLoaderOptions { Batch = 8 });
        using var batch = loader.Next();
        var logits = Maps.Resize(network.Forward(TensorCopies.FloatsOf(batch.Images, [8, 3, 32, 32])), 32, 32);
        return TorchSharp.torch.nn.functional.cross_entropy(logits, TensorCopies.LabelsOf(batch.Labels, [8, 32, 32])).item<float>();
    }

    private TorchModel Model(Architecture architecture)
    {
        var folder = Directory.CreateDirectory(Path.Combine(bench.Folder, $"model-{Guid.NewGuid():N}")).FullName;
        using var network = Network.Create(architecture, 32, 32, seed: 4);
        ModelFiles.WriteNetwork(folder, architecture, network.Weights(), new Preprocess(32, 32), bench.Data.Classes(), TrainingBench.Vocabulary);
        return ArtifactStore.Seal<TorchModel>(folder, folder + ".sealed", [], TrainingBench.Vocabulary);
    }
}
