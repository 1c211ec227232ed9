using TorchSharp;

namespace Niwaki.Torch.Tests;

public sealed class ObjectiveTests
{
    [Fact]
    public void Logit_kd_leaves_out_what_is_not_counted()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var student = torch.tensor(Numbers(2 * 3 * 4, 1), [1, 3, 2, 4], requires_grad: true);
        var teacher = torch.tensor(Numbers(2 * 3 * 4, 2), [1, 3, 2, 4]);
        var counted = torch.zeros(1, 1, 2, 4);
        counted[0, 0, 0] = torch.ones(4);
        var loss = LogitKd.Of(student, teacher, counted, 2);
        loss.backward();

        Assert.Equal(LogitKd.Of(student.narrow(2, 0, 1), teacher.narrow(2, 0, 1), null, 2).ToDouble(), loss.ToDouble(), 6);
        Assert.Equal(0, student.grad!.narrow(2, 1, 1).abs().max().ToDouble());
        Assert.Equal(0, LogitKd.Of(student, teacher, torch.zeros(1, 1, 2, 4), 2).ToDouble());
    }

    [Fact]
    public void Cwd_counts_neither_ignored_pixels_nor_wholly_ignored_pictures()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var student = torch.tensor(Numbers(2 * 3 * 8, 1), [2, 3, 2, 4], requires_grad: true);
        var teacher = torch.tensor(Numbers(2 * 3 * 8, 2), [2, 3, 2, 4]);
        var counted = torch.zeros(2, 1, 2, 4);
        counted[0, 0, 0] = torch.ones(4);
        var loss = Cwd.Of(student, teacher, counted, 4);
        loss.backward();

        var seen = Cwd.Of(student.narrow(0, 0, 1).narrow(2, 0, 1), teacher.narrow(0, 0, 1).narrow(2, 0, 1), null, 4);
        Assert.Equal(seen.ToDouble() / 2, loss.ToDouble(), 5);
        Assert.Equal(0, student.grad!.narrow(0, 1, 1).abs().max().ToDouble());
        Assert.Equal(0, student.grad!.narrow(2, 1, 1).abs().max().ToDouble(), 8);
    }

    [Fact]
    public void Nkd_takes_the_label_where_there_is_one_and_else_the_teachers_best_class()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var (student, teacher) = (torch.tensor(Numbers(3 * 4, 1), [1, 3, 2, 2]), torch.tensor(Numbers(3 * 4, 2), [1, 3, 2, 2]));
        var best = teacher.argmax(1);
        var labels = (best + 1) % 3;                                                    // never what the teacher says
        var half = labels.clone();
        half[0, 1] = torch.full(new long[] { 2 }, LabelMap.Ignore, torch.int64);
        using var term = new Nkd().Open(new DistillPair([], [], 1));

        Assert.Equal(Of(labels), Value(labels), 6);
        Assert.Equal(Of(best), Value(null), 6);
        Assert.Equal(Of(torch.cat([labels.narrow(1, 0, 1), best.narrow(1, 1, 1)], 1)), Value(half), 6);
        Assert.NotEqual(Value(labels), Value(null), 3);

        double Of(torch.Tensor classes) => new Nkd().Of(Dist.Rows(student), Dist.Rows(teacher), classes.flatten()).ToDouble();

        double Value(torch.Tensor? known) => term.Of(Batch(known), Nowhere).ToDouble();

        DistillBatch Batch(torch.Tensor? known) => new(student, teacher, torch.ones(1, 1, 2, 2), new Dictionary<string, torch.Tensor>(), new Dictionary<string, torch.Tensor>(), 1) { Labels = known };
    }

    [Fact]
    public void Pkd_is_one_minus_the_correlation()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var teacher = torch.tensor(Numbers(2 * 3 * 16, 2), [2, 3, 4, 4]);

        Assert.Equal(0, Pkd.Of((teacher * 5) + 3, teacher).ToDouble(), 5);
        Assert.Equal(2, Pkd.Of(-teacher, teacher).ToDouble(), 4);
    }

    [Theory]
    [InlineData("""{ "kind": "vit-kd" }""", true)]
    [InlineData("""{ "kind": "vit-kd", "normalize": false }""", true)]
    [InlineData("""{ "kind": "mgd" }""", true)]
    [InlineData("""{ "kind": "pkd" }""", true)]
    [InlineData("""{ "kind": "cwd", "studentFeature": "b0", "teacherFeature": "b1" }""", true)]
    [InlineData("""{ "kind": "dist" }""", false)]
    [InlineData("""{ "kind": "cwd" }""", false)]
    [InlineData("""{ "kind": "logit-kd" }""", false)]
    [InlineData("""{ "kind": "nkd" }""", false)]
    public void Every_objective_works_between_different_grids_and_widths_and_falls(string json, bool onFeatures)
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var objective = TrainingBench.Vocabulary.Read<Objective>(json, "test");
        objective.Validate();
        var pair = new DistillPair(
            [Map("b0", 6, 8, 8), Map("b1", 6, 8, 8), Map("s", 8, 4, 4, FeatureKind.Stage)],
            [Map("b0", 10, 6, 10), Map("b1", 10, 6, 10), Map("t", 12, 3, 5, FeatureKind.Stage)],
            7);
        using var term = objective.Open(pair);
        var student = pair.Student.ToDictionary(each => each.Tap.Name, each => Draw(each, 1, true));
        var teacher = pair.Teacher.ToDictionary(each => each.Tap.Name, each => Draw(each, 2, false));
        var logits = new TorchSharp.Modules.Parameter(torch.tensor(Numbers(2 * 3 * 16, 3), [2, 3, 4, 4]));
        var batch = new DistillBatch(logits, torch.tensor(Numbers(2 * 3 * 16, 4), [2, 3, 4, 4]), torch.ones(2, 1, 4, 4), student, teacher, 5);
        using var optimizer = new AdamW([.. term.Parameters.Select(each => new TrainedParameter(each.Key, each.Value, 1, 0)), .. student.Select(each => new TrainedParameter(each.Key, (TorchSharp.Modules.Parameter)each.Value, 1, 0)), new TrainedParameter("logits", logits, 1, 0)]);

        var first = term.Of(batch, Nowhere).ToDouble();
        for (var step = 0; step < 40; step++)
        {
            term.Of(batch, Nowhere).backward();
            optimizer.Step(0.03, 0);
        }

        Assert.Equal(onFeatures, term.StudentTaps.Count > 0);
        Assert.True(term.Of(batch, Nowhere).ToDouble() < 0.7 * first, $"{first} -> {term.Of(batch, Nowhere).ToDouble()}");
    }

    [Fact]
    public void A_feature_that_does_not_exist_is_answered_with_those_that_do()
    {
        var pair = new DistillPair([Map("backbone.stages.0", 3, 4, 4)], [Map("t", 3, 4, 4)], 1);
        var problem = Assert.Throws<StageException>(() => new Cwd { StudentFeature = "nonsense" }.Open(pair));
        Assert.Contains("backbone.stages.0", problem.Message, StringComparison.Ordinal);
        Assert.Throws<StageException>(() => new VitKd { ShallowBlocks = 2 }.Open(pair));
    }

    private static void Nowhere(string series, double value)
    {
    }

    private static Feature Map(string name, int channels, int height, int width, FeatureKind kind = FeatureKind.Block) =>
        new(new FeatureTap(name, FeatureLayout.Image, height, width) { Kind = kind }, channels);

    private static torch.Tensor Draw(Feature feature, int seed, bool gradient)
    {
        var tensor = torch.tensor(Numbers(2 * feature.Channels * feature.Tap.Height * feature.Tap.Width, seed), [2, feature.Channels, feature.Tap.Height, feature.Tap.Width]);
        return gradient ? new TorchSharp.Modules.Parameter(tensor) : tensor;
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 4) - 2))];
    }
}
