using TorchSharp;

namespace Niwaki.Torch.Tests;

public sealed class ObjectiveTests
{
    [Theory]
    [InlineData("1.0", 1)]
    [InlineData("4.0", 4)]
    public void Logit_kd_is_cirkds_mean_and_the_other_conventions_are_multiples_of_it(string suffix, double temperature)
    {
        var golden = new GoldenCase("loss_logit_kd");
        using var free = torch.NewDisposeScope();
        var student = golden.Input("student_maps", gradient: true);
        var shape = student.shape;
        var loss = LogitKd.Of(student, golden.Input("teacher_maps"), null, temperature);
        loss.backward();
        var (pixels, classes) = (shape[2] * shape[3], shape[1]);
        foreach (var (name, factor) in new[]
        {
            ("cirkd_pixelmean", 1.0),
            ("mmrazor_batchmean", pixels),
            ("mmrazor_mean", 1.0 / classes),
            ("torchdistiller_elementmean_noT2", 1.0 / classes / temperature / temperature),
        })
        {
            golden.Check($"{name}_T{suffix}.loss", loss * factor);
            golden.Check($"{name}_T{suffix}.grad_student", student.grad! * factor);
        }
    }

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

    [Theory]
    [InlineData("1.0", 1)]
    [InlineData("4.0", 4)]
    public void Cwd_equals_its_references_with_gradients(string suffix, double temperature)
    {
        var golden = new GoldenCase("loss_cwd");
        using var free = torch.NewDisposeScope();
        var student = golden.Input("student", gradient: true);
        var loss = Cwd.Of(student, golden.Input("teacher"), null, temperature);
        loss.backward();

        golden.Check($"channel_kl_T{suffix}.loss", loss);
        golden.Check($"channel_kl_T{suffix}.grad_student", student.grad!);
        golden.Check($"mmrazor_tau{suffix}_weight3.0.loss", loss * 3);
        golden.Check($"mmrazor_tau{suffix}_weight3.0.grad_student", student.grad! * 3);
    }

    [Fact]
    public void Cwd_of_a_narrower_student_goes_through_a_projection()
    {
        var golden = new GoldenCase("loss_cwd");
        using var free = torch.NewDisposeScope();
        var student = golden.Input("student_narrow", gradient: true);
        var pair = new DistillPair([Map("s", 3, 7, 9)], [Map("t", 5, 7, 9)], 1);
        using var term = new Cwd { StudentFeature = "s", TeacherFeature = "t", Temperature = 4 }.Open(pair);
        using (torch.no_grad())
        {
            term.Parameters.Single(each => each.Key == "align.weight").Value.SetTo(golden.Weights["conv.weight"] with { Shape = new Shape(5, 3) });
            term.Parameters.Single(each => each.Key == "align.bias").Value.zero_();
        }

        // CIRKD divides by the student's channels before the projection (3), the paper and we by those of the maps compared (5)
        var loss = term.Of(Batch(new() { ["s"] = student }, new() { ["t"] = golden.Input("teacher") }), Nowhere) * (5.0 / 3);
        loss.backward();
        golden.Check("cirkd_conv_channel_kl_T4.0.loss", loss);
        golden.Check("cirkd_conv_channel_kl_T4.0.grad_student", student.grad!);
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

    [Theory]
    [InlineData("loss_vitkd_align")]
    [InlineData("loss_vitkd_same_dims")]
    public void Vit_kd_equals_the_reference_code_with_all_gradients(string name)
    {
        var golden = new GoldenCase(name);
        using var free = torch.NewDisposeScope();
        var widths = (Student: (int)golden.Number("student_dims"), Teacher: (int)golden.Number("teacher_dims"));
        using var loss = new VitKdLoss([widths, widths], widths, golden.Number("mask_ratio"), normalize: false, seed: 1);
        Assert.Equal(golden.Weights.Keys.Order(), loss.Parameters.All.Select(each => each.Key).Order());
        loss.Parameters.Set(golden.Weights);
        var (low, high) = (golden.Input("low_student", gradient: true), golden.Input("high_student", gradient: true));
        var lowTeacher = golden.Input("low_teacher");
        var noise = golden.Input("masking_noise");
        var side = (int)Math.Sqrt(golden.Number("tokens"));

        var mimic = loss.Mimic([low.select(1, 0), low.select(1, 1)], [lowTeacher.select(1, 0), lowTeacher.select(1, 1)]) * golden.Number("alpha");
        var generated = loss.Generate(high, golden.Input("high_teacher"), noise, side, side) * golden.Number("beta");
        (mimic + generated).backward();

        golden.Check("mask_1_is_masked", loss.Masked(noise));
        golden.Check("loss_mimicking", mimic);
        golden.Check("loss_generation", generated);
        golden.Check("loss_total", mimic + generated);
        golden.Check("grad.low_student", low.grad!);
        golden.Check("grad.high_student", high.grad!);
        foreach (var (parameter, tensor) in loss.Parameters.All)
            golden.Check($"grad.weight.{parameter}", tensor.grad!);
    }

    [Theory]
    [InlineData("loss_mgd_spatial", 2e-5, false)]
    [InlineData("loss_mgd_channel", 7e-5, true)]
    public void Mgd_equals_the_reference_code_with_gradients(string name, double alpha, bool channels)
    {
        var golden = new GoldenCase(name);
        using var free = torch.NewDisposeScope();
        var options = new Mgd { MaskRatio = golden.Number("lambda_mgd"), MaskChannels = channels, Normalize = false };
        var student = golden.Input("student", gradient: true);
        var weights = golden.Weights.ToDictionary(each => each.Key, each => torch.tensor(each.Value.Values, each.Value.Shape.Dimensions.Select(size => (long)size).ToArray(), requires_grad: true));
        var aligned = weights.TryGetValue("align.weight", out var align) ? torch.nn.functional.conv2d(student, align, weights["align.bias"]) : student;
        var noise = golden.Input("masking_noise");

        var loss = options.Of(aligned, golden.Input("teacher"), noise, (weights["generation.0.weight"], weights["generation.0.bias"]), (weights["generation.2.weight"], weights["generation.2.bias"])) * alpha;
        loss.backward();

        golden.Check("mask_1_is_kept", options.Kept(noise));
        golden.Check("loss", loss);
        golden.Check("grad.student", student.grad!);
        foreach (var (parameter, tensor) in weights)
            golden.Check($"grad.weight.{parameter}", tensor.grad!);
    }

    [Fact]
    public void Dist_equals_its_references_with_gradients()
    {
        var golden = new GoldenCase("loss_dist");
        Compare("student_logits", "teacher_logits", "hunto_2d", new Dist(), map => map);
        Compare("student_logits", "teacher_logits", "hunto_2d_beta2.0_gamma0.5", new Dist { InterWeight = 2, IntraWeight = 0.5 }, map => map);
        Compare("student_maps", "teacher_maps", "hunto_4d", new Dist(), Dist.Rows);
        Compare("student_maps", "teacher_maps", "hunto_4d_beta2.0_gamma0.5", new Dist { InterWeight = 2, IntraWeight = 0.5 }, Dist.Rows);
        Compare("student_logits", "teacher_logits", "mmrazor_2d_tau4.0", new Dist { Temperature = 4 }, map => map);

        void Compare(string student, string teacher, string output, Dist options, Func<torch.Tensor, torch.Tensor> rows)
        {
            using var free = torch.NewDisposeScope();
            var input = golden.Input(student, gradient: true);
            var loss = options.Of(rows(input), rows(golden.Input(teacher)));
            loss.backward();
            golden.Check($"{output}.loss", loss);
            golden.Check($"{output}.grad_student", input.grad!);
        }
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

    private static DistillBatch Batch(Dictionary<string, torch.Tensor> student, Dictionary<string, torch.Tensor> teacher) =>
        new(torch.zeros(1), torch.zeros(1), torch.zeros(1), student, teacher, 1);

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
