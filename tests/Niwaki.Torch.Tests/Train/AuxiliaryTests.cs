namespace Niwaki.Torch.Tests;

[Collection(TrainingCollection.Name)]
public sealed class AuxiliaryTests : IDisposable
{
    private static readonly Architecture Whole = TrainingBench.Tiny() with { Auxiliary = new AuxiliaryHead([6]) };

    private readonly TrainingBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void An_auxiliary_head_learns_beside_the_head_with_its_share_of_the_loss()
    {
        var model = bench.Run(TrainingBench.Train(Whole, 40) with { Losses = [new CrossEntropyLoss(), new DiceLoss { Weight = 0.5 }] });
        var auxiliary = TrainingBench.Series(model, "loss/auxiliary");
        Assert.True(auxiliary[^1] < 0.8 * auxiliary[0], $"{auxiliary[0]} -> {auxiliary[^1]}");

        var (total, cross, dice) = (TrainingBench.Series(model, "loss"), TrainingBench.Series(model, "loss/cross-entropy"), TrainingBench.Series(model, "loss/dice"));
        for (var i = 0; i < total.Length; i++)
            Assert.Equal(cross[i] + (0.5 * dice[i]) + (0.4 * auxiliary[i]), total[i], 5);
    }

    [Fact]
    public void Without_weight_it_stays_as_it_began_and_the_rest_is_trained_as_if_it_were_not_there()
    {
        var plain = bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 3) with { Ema = 0 });
        var model = bench.Run(TrainingBench.Train(Whole, 3) with { AuxiliaryWeight = 0, Ema = 0 });
        Assert.DoesNotContain(TrainingBench.Curves(model), point => point.Series == "loss/auxiliary");

        var (weights, expected) = (model.Weights(TrainingBench.Vocabulary), plain.Weights(TrainingBench.Vocabulary));
        Assert.Contains("auxiliary.convs.0.conv.weight", weights.Keys);
        Assert.All(expected, weight => Assert.Equal(weight.Value.Values, weights[weight.Key].Values));
        using var start = Network.Create(Whole, 32, 32, 1);
        Assert.All(start.Weights().Where(weight => weight.Key.StartsWith("auxiliary.", StringComparison.Ordinal)), weight => Assert.Equal(weight.Value.Values, weights[weight.Key].Values));
    }

    [Fact]
    public void A_distilled_student_has_it_too_and_a_pruned_one_no_longer()
    {
        var teacher = bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 5));
        var references = new Dictionary<string, Artifact> { ["teacher"] = teacher };
        var stage = new Distill(new ArtifactReference("teacher")) { Model = TrainingBench.Write(Whole), Width = 32, Height = 32, Steps = 30, Batch = 4, LearningRate = 5e-3, Augmentation = null, ValidateEvery = 0, Workers = 1, Objectives = [new Nkd(), new Cwd()] };
        var student = bench.Run(stage, references: references);
        var auxiliary = TrainingBench.Series(student, "loss/auxiliary");
        Assert.True(auxiliary[^1] < 0.8 * auxiliary[0], $"{auxiliary[0]} -> {auxiliary[^1]}");
        Assert.True(TrainingBench.Series(student, "loss/nkd")[^1] < TrainingBench.Series(student, "loss/nkd")[0]);

        var pruned = bench.Run(new Prune(0.7) { Importance = new MagnitudeImportance(), RoundTo = 1 }, student);
        Assert.Null(pruned.Architecture(TrainingBench.Vocabulary).Auxiliary);
        Assert.DoesNotContain(pruned.Weights(TrainingBench.Vocabulary).Keys, name => name.StartsWith("auxiliary.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_weight_below_zero_is_refused() =>
        Assert.Contains("auxiliary-weight is -1", Assert.Throws<StageException>(() => bench.Run(TrainingBench.Train(Whole) with { AuxiliaryWeight = -1 })).Message, StringComparison.Ordinal);
}
