using TorchSharp;

namespace Niwaki.Torch.Tests;

[Collection(TrainingCollection.Name)]
public sealed class TrainTests : IDisposable
{
    private readonly TrainingBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Training_learns_what_the_rectangles_are()
    {
        var model = bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 120) with { ValidateEvery = 40 });

        var losses = TrainingBench.Series(model, "loss");
        Assert.True(losses[^1] < 0.5 * losses[0], $"{losses[0]} -> {losses[^1]}");
        Assert.True(TrainingBench.Series(model, "validation/mean-iou")[^1] > 0.7);
        Assert.Contains(bench.Said, line => line.Contains("images/s", StringComparison.Ordinal) && line.Contains("waiting", StringComparison.Ordinal));
        using var network = Network.Load(model, TrainingBench.Vocabulary);
        Assert.Equal(32, network.Width);
        Assert.Empty(Directory.EnumerateFileSystemEntries(model.Folder, ".*"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_files_and_another_seed_others()
    {
        var stage = TrainingBench.Train(TrainingBench.Tiny(dropPath: 0.3), 12) with { Augmentation = new(), ValidateEvery = 5 };

        var one = bench.Run(stage);
        Assert.Equal(one.Digest, bench.Run(stage).Digest);
        Assert.NotEqual(one.Digest, bench.Run(stage, seed: 2).Digest);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(10)]
    public void An_interrupted_training_ends_bit_for_bit_like_an_uninterrupted_one(int stopAt)
    {
        var stage = TrainingBench.Train(TrainingBench.Tiny(dropPath: 0.3), 20) with
        {
            Augmentation = new(),
            ValidateEvery = 5,
            Accumulate = 2,
            LayerDecay = 0.9,
            Losses = [new OhemLoss(), new DiceLoss { Weight = 0.5 }],
        };
        var whole = bench.Run(stage);

        using var interrupted = new TrainingBench { StopAt = stopAt };
        Assert.Throws<OperationCanceledException>(() => interrupted.Run(stage, name: "again"));
        using var resumed = new TrainingBench();
        resumed.TakeOver(interrupted, "again");
        var model = resumed.Run(stage, name: "again");

        Assert.Contains(resumed.Said, line => line.Contains($"going on at step {stopAt}", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllText(whole.PathOf(TorchModel.CurvesFile)), File.ReadAllText(model.PathOf(TorchModel.CurvesFile)));
        Assert.Equal(whole.Digest, model.Digest);
    }

    [Fact]
    public void What_was_written_after_the_last_checkpoint_before_a_kill_is_forgotten()
    {
        var stage = TrainingBench.Train(TrainingBench.Tiny(), 20) with { ValidateEvery = 5, CheckpointEvery = TimeSpan.Zero };
        var whole = bench.Run(stage);

        using var killed = new TrainingBench();
        using var resumed = new TrainingBench();
        var steps = 0;
        killed.OnProgress = () =>
        {
            if (++steps == 9)
                resumed.TakeOver(killed, "again");                                      // the curves are ahead of the checkpoint here
        };
        killed.Run(stage, name: "again");

        Assert.Equal(whole.Digest, resumed.Run(stage, name: "again").Digest);
        Assert.Contains(resumed.Said, line => line.Contains("going on at step 8", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_of_other_options_or_with_damage_is_not_used()
    {
        var stage = TrainingBench.Train(TrainingBench.Tiny(), 8);
        bench.StopAt = 6;
        Assert.Throws<OperationCanceledException>(() => bench.Run(stage, name: "again"));
        using var other = new TrainingBench();
        other.TakeOver(bench, "again");
        using var damaged = new TrainingBench();
        damaged.TakeOver(bench, "again");
        using (var tensors = new FileStream(Directory.GetFiles(damaged.Context("again").OutputFolder, ".checkpoint-*")[0], FileMode.Open))
            tensors.SetLength(tensors.Length / 2);

        var model = other.Run(stage with { Batch = 3 }, name: "again");
        damaged.Run(stage, name: "again");

        Assert.Contains(other.Said, line => line.Contains("other options", StringComparison.Ordinal));
        Assert.Contains(damaged.Said, line => line.Contains("damaged", StringComparison.Ordinal));
        Assert.Equal(8, TrainingBench.Series(model, "loss").Length);
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_the_training_and_says_what_to_do()
    {
        var problem = Assert.Throws<StageException>(() => bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 60) with { LearningRate = 1e30, ClipNorm = 0, Warmup = 0 }));
        Assert.Contains("learning-rate", problem.Message, StringComparison.Ordinal);
        Assert.Contains("step", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_that_never_occurs_is_named_and_does_not_hinder()
    {
        bench.Data = new Rectangles { ClassCount = 4, Drawn = 3 };
        var model = bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 20) with { Losses = [new CrossEntropyLoss { Balance = 1, LabelSmoothing = 0.1 }, new DiceLoss(), new FocalLoss()], ValidateEvery = 10 });

        Assert.Contains(bench.Said, line => line.Contains("never occurred", StringComparison.Ordinal) && line.Contains("last", StringComparison.Ordinal));
        Assert.All(TrainingBench.Curves(model), point => Assert.True(double.IsFinite(point.Value)));
    }

    [Fact]
    public void A_model_trained_further_keeps_its_weights_and_a_new_class_restarts_the_classifier_only()
    {
        var first = bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 60));
        var further = new Train { Steps = 1, Batch = 4, LearningRate = 1e-9, Augmentation = null, ValidateEvery = 0, Ema = 0, Workers = 1 };

        var same = bench.Run(further, first);
        var before = first.Weights(TrainingBench.Vocabulary);
        Assert.All(same.Weights(TrainingBench.Vocabulary).Where(each => !each.Key.Contains("running", StringComparison.Ordinal)), each => Assert.Equal(before[each.Key].Values, each.Value.Values, Close));

        bench.Data = new Rectangles { ClassCount = 4 };
        var wider = bench.Run(further, first);
        Assert.Contains(bench.Said, line => line.Contains("start anew: head.classifier.weight, head.classifier.bias", StringComparison.Ordinal));
        Assert.Equal(4, wider.Weights(TrainingBench.Vocabulary)["head.classifier.bias"].Values.Length);
        Assert.Equal(before["head.fpn_bottleneck.conv.weight"].Values, wider.Weights(TrainingBench.Vocabulary)["head.fpn_bottleneck.conv.weight"].Values, Close);

        bench.Data = new Rectangles { LastName = "renamed" };
        bench.Run(further, first);
        Assert.Contains(bench.Said, line => line.Contains("its classifier starts anew", StringComparison.Ordinal) && line.Contains("renamed", StringComparison.Ordinal));
    }

    [Fact]
    public void Training_with_bfloat16_products_and_crops_drawn_for_classes_learns_too()
    {
        var model = bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 60) with { Precision = Precision.Bfloat16, ClassBalance = 0.5, Augmentation = new() });

        var losses = TrainingBench.Series(model, "loss");
        Assert.True(losses[^10..].Average() < 0.8 * losses[..10].Average(), $"{losses[..10].Average()} -> {losses[^10..].Average()}");
    }

    [Fact]
    public void Epochs_count_passes_over_the_pictures()
    {
        var model = bench.Run(TrainingBench.Train(TrainingBench.Tiny()) with { Epochs = 1.5, Batch = 3, Accumulate = 2 });

        Assert.Equal(6, TrainingBench.Series(model, "loss").Length);                    // 1.5 * 24 / 6
    }

    [Fact]
    public void Another_network_takes_over_the_tensors_that_fit()
    {
        var first = bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 10));
        var wider = TrainingBench.Tiny() with { Head = new UperNetHead(12) { PoolScales = [1, 2], OutputWidths = [12] } };
        var second = bench.Run(TrainingBench.Train(wider, 1) with { LearningRate = 1e-9, Ema = 0 }, first);

        Assert.Equal(
            first.Weights(TrainingBench.Vocabulary)["backbone.stages.1.blocks.1.mlp.fc1.weight"].Values,
            second.Weights(TrainingBench.Vocabulary)["backbone.stages.1.blocks.1.mlp.fc1.weight"].Values,
            Close);
        Assert.Contains(bench.Said, line => line.Contains("tensors come from", StringComparison.Ordinal));
        var problem = Assert.Throws<StageException>(() => bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 1) with { Model = "resnet-micro+upernet-16" }, first));
        Assert.Contains("shares no tensor", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_tensor_is_left_behind_by_a_step_or_by_a_training()
    {
        var stage = TrainingBench.Train(TrainingBench.Tiny(), 12) with { Accumulate = 2, Losses = [new CrossEntropyLoss { ClassWeights = [1, 2, 3] }, new OhemLoss(), new DiceLoss(), new FocalLoss()], ValidateEvery = 3 };
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var live = new List<long>();
        bench.OnProgress = () => live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        bench.Run(stage);

        Assert.Equal(12, live.Count);
        Assert.All(live.Skip(4), count => Assert.Equal(live[3], count));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_before_any_work(string option, string json)
    {
        var stage = TrainingBench.Vocabulary.Read<Train>(json, "test");
        var problem = Assert.Throws<StageException>(() => bench.Run(stage));
        Assert.Contains(option, problem.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { "--model", "{}" },
        { "steps", """{ "model": "swin-micro+upernet-16", "steps": 0 }""" },
        { "batch", """{ "model": "swin-micro+upernet-16", "batch": 0 }""" },
        { "learning-rate", """{ "model": "swin-micro+upernet-16", "learningRate": -1 }""" },
        { "width", """{ "model": "swin-micro+upernet-16", "width": 64, "preprocess": { "width": 64, "height": 64 } }""" },
        { "losses", """{ "model": "swin-micro+upernet-16", "losses": [] }""" },
        { "class-weights", """{ "model": "swin-micro+upernet-16", "losses": [{ "kind": "cross-entropy", "classWeights": [1] }] }""" },
        { "threshold", """{ "model": "swin-micro+upernet-16", "losses": [{ "kind": "ohem", "threshold": 2 }] }""" },
        { "power", """{ "model": "swin-micro+upernet-16", "schedule": { "kind": "poly", "power": 0 } }""" },
        { "upernet", """{ "model": "deit-tiny+linear", "width": 32, "height": 32 }""" },
    };

    private static bool Close(float left, float right) => Math.Abs(left - right) < 1e-5f;
}
