using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch.Tests;

[Collection(TrainingCollection.Name)]
public sealed class DistillTests : IDisposable
{
    private static readonly ArtifactReference Name = new("teacher");
    private readonly TrainingBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void A_student_without_labels_learns_from_its_teacher_alone()
    {
        var teacher = Teacher();
        var student = bench.Run(Distill(80) with { HardWeight = 0, ValidateEvery = 80, Objectives = [new LogitKd(), new Cwd()] }, references: teacher);

        Assert.True(TrainingBench.Series(student, "validation/mean-iou")[^1] > 0.6);
        Assert.DoesNotContain(TrainingBench.Curves(student), point => point.Series == "loss/hard");
        Falls(student, "loss/logit-kd");
        Falls(student, "loss/cwd");
    }

    [Fact]
    public void Every_objective_has_its_curve_and_nothing_of_it_is_left_in_the_student()
    {
        var teacher = Teacher();
        var plain = bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 1));
        var student = bench.Run(
            Distill(30) with { Objectives = [new LogitKd(), new VitKd(), new Mgd(), new Dist(), new Pkd(), new Cwd { StudentFeature = "head.fused" }, new Cwd()] },
            references: teacher);

        foreach (var series in new[] { "loss", "loss/hard", "loss/logit-kd", "loss/vit-kd", "loss/vit-kd/mimic", "loss/vit-kd/generate", "loss/mgd", "loss/dist", "loss/pkd", "loss/cwd", "loss/cwd-2" })
            Falls(student, series);
        Assert.Equal(plain.Weights(TrainingBench.Vocabulary).Keys.Order(), student.Weights(TrainingBench.Vocabulary).Keys.Order());
    }

    [Fact]
    public void An_interrupted_distillation_ends_bit_for_bit_like_an_uninterrupted_one()
    {
        var teacher = Teacher();
        var stage = Distill(14) with { Objectives = [new LogitKd(), new VitKd()], ValidateEvery = 7, Augmentation = new() };
        var whole = bench.Run(stage, references: teacher);

        using var interrupted = new TrainingBench { StopAt = 9 };
        Assert.Throws<OperationCanceledException>(() => interrupted.Run(stage, name: "again", references: teacher));
        using var resumed = new TrainingBench();
        resumed.TakeOver(interrupted, "again");

        Assert.Equal(whole.Digest, resumed.Run(stage, name: "again", references: teacher).Digest);
    }

    [Fact]
    public void Teacher_and_student_may_differ_in_size_normalisation_and_order_of_planes()
    {
        var contract = new Preprocess(48, 64) { ChannelOrder = ChannelOrder.Bgr, Mean = [0.5f, 0.4f, 0.3f], Std = [0.2f, 0.3f, 0.4f] };
        var teacher = Teacher(TrainingBench.Train(TrainingBench.Tiny(12), 60) with { Width = null, Height = null, Preprocess = contract });
        var student = bench.Run(Distill(60) with { HardWeight = 0, ValidateEvery = 60 }, references: teacher);

        Assert.Equal(32, student.Preprocess(TrainingBench.Vocabulary).Width);
        Assert.True(TrainingBench.Series(student, "validation/mean-iou")[^1] > 0.5);
    }

    [Fact]
    public void Pictures_are_turned_into_what_the_teacher_would_have_loaded()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var image = new Rectangles().Open(Split.Train).Load(0).Image;
        var ours = new Preprocess(32, 32);
        var theirs = new Preprocess(32, 32) { ChannelOrder = ChannelOrder.Bgr, Mean = [0.5f, 0.4f, 0.3f], Std = [0.2f, 0.3f, 0.4f] };
        using var input = new TeacherInput(ours, theirs);

        var turned = input.Of(torch.tensor(ours.Apply(image), [1, 3, 32, 32]));

        Assert.True((turned - torch.tensor(theirs.Apply(image), [1, 3, 32, 32])).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void Any_model_that_an_engine_runs_can_teach_with_its_logits()
    {
        var trained = Teacher()[Name.Name];
        var foreign = new Dictionary<string, Artifact> { [Name.Name] = new ForeignModel(trained.Folder) { Digest = trained.Digest, Lineage = trained.Lineage } };
        var stage = Distill(12) with { Objectives = [new LogitKd(), new Cwd(), new Dist()] };

        var ours = bench.Run(stage, references: new() { [Name.Name] = trained });
        var theirs = bench.Run(stage, references: foreign);

        Assert.Equal(TrainingBench.Series(ours, "loss")[0], TrainingBench.Series(theirs, "loss")[0], 4);
        var problem = Assert.Throws<StageException>(() => bench.Run(stage with { Objectives = [new VitKd()] }, references: foreign));
        Assert.Contains("logits", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unlabelled_pictures_join_where_the_teacher_is_sure()
    {
        var folder = Directory.CreateDirectory(Path.Combine(bench.Folder, "field")).FullName;
        var pictures = new Rectangles().Open(Split.Validation);
        for (var i = 0; i < 6; i++)
            File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), ImageCodec.EncodePng(pictures.Load(i).Image));
        var teacher = Teacher();
        var stage = Distill(20) with { Unlabelled = folder, UnlabelledShare = 0.5, Confidence = 0.6 };

        var student = bench.Run(stage, references: teacher);
        Assert.All(TrainingBench.Series(student, "unlabelled/sure"), share => Assert.InRange(share, 0.05, 1));
        Falls(student, "loss/logit-kd");

        var context = bench.Context("key", references: teacher);
        var key = stage.CacheKey(Nothing.Value, context);
        File.WriteAllBytes(Path.Combine(folder, "more.png"), ImageCodec.EncodePng(pictures.Load(7).Image));
        Assert.NotEqual(key, stage.CacheKey(Nothing.Value, context));
    }

    [Fact]
    public void A_model_that_goes_on_starts_where_it_was()
    {
        var teacher = Teacher();
        var student = bench.Run(TrainingBench.Train(TrainingBench.Tiny(), 80));
        var on = bench.Run(new Distill(Name) { Steps = 5, Batch = 4, LearningRate = 1e-4, Augmentation = null, ValidateEvery = 0, Workers = 1 }, student, references: teacher);

        Assert.True(TrainingBench.Series(on, "loss/hard")[0] < 2 * TrainingBench.Series(student, "loss")[^1] + 0.05);
    }

    [Fact]
    public void No_tensor_is_left_behind_by_a_distillation()
    {
        var teacher = Teacher();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var live = new List<long>();
        bench.OnProgress = () => live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        bench.Run(Distill(8) with { Objectives = [new LogitKd(), new VitKd(), new Mgd(), new Dist(), new Pkd(), new Cwd { StudentFeature = "head.fused" }] }, references: teacher);

        Assert.All(live.Skip(2), count => Assert.Equal(live[1], count));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_teacher_of_other_classes_is_refused_before_any_work()
    {
        var teacher = Teacher(TrainingBench.Train(TrainingBench.Tiny(), 1));
        bench.Data = new Rectangles { LastName = "other" };
        var problem = Assert.Throws<StageException>(() => bench.Run(Distill(1), references: teacher));
        Assert.Contains("other", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("objectives", """{ "teacher": "teacher", "model": "x", "objectives": [] }""")]
    [InlineData("temperature", """{ "teacher": "teacher", "model": "x", "objectives": [{ "kind": "logit-kd", "temperature": 0 }] }""")]
    [InlineData("mask-ratio", """{ "teacher": "teacher", "model": "x", "objectives": [{ "kind": "vit-kd", "maskRatio": 1 }] }""")]
    [InlineData("confidence", """{ "teacher": "teacher", "model": "x", "confidence": 2 }""")]
    public void A_mistake_is_told_before_any_work(string option, string json)
    {
        var problem = Assert.Throws<StageException>(() => TrainingBench.Vocabulary.Read<Distill>(json, "test").Validate());
        Assert.Contains(option, problem.Message, StringComparison.Ordinal);
    }

    private static Distill Distill(int steps) => new(Name)
    {
        Model = TrainingBench.Write(TrainingBench.Tiny()),
        Width = 32,
        Height = 32,
        Steps = steps,
        Batch = 4,
        LearningRate = 5e-3,
        Augmentation = null,
        ValidateEvery = 0,
        Workers = 1,
    };

    private Dictionary<string, Artifact> Teacher(Train? stage = null) =>
        new() { [Name.Name] = bench.Run(stage ?? TrainingBench.Train(TrainingBench.Tiny(12), 80)) };

    private static void Falls(TorchModel model, string series)
    {
        var values = TrainingBench.Series(model, series);
        Assert.True(values.Length > 5, series);
        var part = values.Length / 3;
        Assert.True(values[^part..].Average() < values[..part].Average(), $"{series}: {values[..part].Average()} -> {values[^part..].Average()}");
    }
}
