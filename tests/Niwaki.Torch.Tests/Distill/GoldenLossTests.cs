using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Niwaki.Torch.Tests;

/// <summary>
/// Every loss that was recorded of reference code, with its gradients; a new case of a known kind is picked up. A case's outputs must all
/// be compared or be named here as forms that nobody offers.
/// </summary>
public sealed class GoldenLossTests
{
    private static readonly Dictionary<string, Action<GoldenCase>> Kinds = new(StringComparer.Ordinal)
    {
        ["logit_kd"] = LogitKd,
        ["cwd"] = Cwd,
        ["dist"] = Dist,
        ["mgd"] = Mgd,
        ["vitkd"] = VitKd,
        ["ohem"] = Ohem,
    };

    public static TheoryData<string> Cases()
    {
        var folder = GoldenCase.Folder;
        return folder is null ? [string.Empty] : [.. Directory.EnumerateFiles(folder, "config.json", SearchOption.AllDirectories).Where(IsLoss).Select(path => Path.GetFileName(Path.GetDirectoryName(path)!)).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_and_gradients_are_those_of_the_reference_code(string name)
    {
        var golden = new GoldenCase(name);
        Assert.True(Kinds.TryGetValue(golden.Kind, out var compare), $"{name}: nobody knows losses of kind '{golden.Kind}'.");
        compare!(golden);
        Assert.Empty(golden.Unchecked);
    }

    // one mean over pixels; the conventions of other code are multiples of it
    private static void LogitKd(GoldenCase golden)
    {
        foreach (var (name, match) in golden.Losses(@"(cirkd_pixelmean|mmrazor_batchmean|mmrazor_mean|torchdistiller_elementmean_noT2|mmrazor_batchmean_2d|clskd_softce_2d)_T(.+)"))
        {
            using var free = torch.NewDisposeScope();
            var (form, temperature) = (match.Groups[1].Value, Number(match, 2));
            var student = golden.Input(form.EndsWith("_2d", StringComparison.Ordinal) ? "student_logits" : "student_maps", gradient: true);
            var teacher = golden.Input(form.EndsWith("_2d", StringComparison.Ordinal) ? "teacher_logits" : "teacher_maps");
            var (s, t) = student.dim() == 2 ? (student.unsqueeze(2).unsqueeze(3), teacher.unsqueeze(2).unsqueeze(3)) : (student, teacher);
            var (pixels, classes) = (s.shape[2] * s.shape[3], s.shape[1]);
            var loss = Niwaki.Torch.LogitKd.Of(s, t, null, temperature);
            if (form == "clskd_softce_2d")
            {
                // a cross-entropy is the divergence and the teacher's own entropy; the reference halves it
                var soft = (teacher / temperature).softmax(1);
                loss = (loss - ((soft * soft.log()).sum(1).mean() * (temperature * temperature))) / 2;
            }

            loss *= form switch
            {
                "mmrazor_batchmean" => pixels,
                "mmrazor_mean" => 1.0 / classes,
                "torchdistiller_elementmean_noT2" => 1 / (classes * temperature * temperature),
                _ => 1,
            };
            golden.CheckLoss(name, loss, student);
        }

        foreach (var (name, match) in golden.Losses(@"clskd_nkd_temp(.+)_gamma(.+)"))
        {
            using var free = torch.NewDisposeScope();
            var student = golden.Input("student_logits", gradient: true);
            var loss = new Nkd { Temperature = Number(match, 1), Gamma = Number(match, 2) }.Of(student, golden.Input("teacher_logits"), golden.Input("labels").to(torch.ScalarType.Int64));
            golden.CheckLoss(name, loss, student);
        }
    }

    private static void Cwd(GoldenCase golden)
    {
        golden.Leave(@"channel_mse\..*");                                               // squares in place of the divergence
        foreach (var (name, match) in golden.Losses(@"(channel_kl_T|spatial_kl_T|mmrazor_tau)([\d.]+)(?:_weight(.+))?"))
        {
            using var free = torch.NewDisposeScope();
            var student = golden.Input("student", gradient: true);
            var teacher = golden.Input("teacher");
            var loss = match.Groups[1].Value == "spatial_kl_T"
                ? Niwaki.Torch.LogitKd.Of(student, teacher, null, Number(match, 2))     // over the channels of each pixel
                : Niwaki.Torch.Cwd.Of(student, teacher, null, Number(match, 2));
            golden.CheckLoss(name, loss * (match.Groups[3].Success ? Number(match, 3) : 1), student);
        }

        foreach (var (name, match) in golden.Losses(@"cirkd_conv_channel_kl_T(.+)"))
        {
            using var free = torch.NewDisposeScope();
            var student = golden.Input("student_narrow", gradient: true);
            var teacher = golden.Input("teacher");
            var (narrow, wide) = ((int)student.shape[1], (int)teacher.shape[1]);
            var pair = new DistillPair([Map("s", student)], [Map("t", teacher)], 1);
            using var term = new Cwd { StudentFeature = "s", TeacherFeature = "t", Temperature = Number(match, 1) }.Open(pair);
            using (torch.no_grad())
            {
                term.Parameters.Single(each => each.Key == "align.weight").Value.SetTo(golden.Weights["conv.weight"] with { Shape = new Shape(wide, narrow) });
                term.Parameters.Single(each => each.Key == "align.bias").Value.zero_();
            }

            // CIRKD divides by the student's channels before the projection, the paper and we by those of the maps compared
            var batch = new DistillBatch(torch.zeros(1), torch.zeros(1), torch.zeros(1), new Dictionary<string, torch.Tensor> { ["s"] = student }, new Dictionary<string, torch.Tensor> { ["t"] = teacher }, 1);
            golden.CheckLoss(name, term.Of(batch, (_, _) => { }) * ((double)wide / narrow), student);
        }
    }

    private static void Dist(GoldenCase golden)
    {
        foreach (var (name, match) in golden.Losses(@"(?:hunto|mmrazor)_(2d|4d)(?:_beta([\d.]+)_gamma([\d.]+))?(?:_tau([\d.]+))?"))
        {
            using var free = torch.NewDisposeScope();
            var options = new Dist { InterWeight = Number(match, 2), IntraWeight = Number(match, 3), Temperature = Number(match, 4) };
            var maps = match.Groups[1].Value == "4d";
            var student = golden.Input(maps ? "student_maps" : "student_logits", gradient: true);
            var teacher = golden.Input(maps ? "teacher_maps" : "teacher_logits");
            var loss = !maps ? options.Of(student, teacher)
                : name.StartsWith("hunto", StringComparison.Ordinal) ? options.Of(Niwaki.Torch.Dist.Rows(student), Niwaki.Torch.Dist.Rows(teacher))
                : Pixels(student).Zip(Pixels(teacher), options.Of).Aggregate((sum, each) => sum + each) / (student.shape[2] * student.shape[3]);   // mmrazor's: over the batch, pixel by pixel
            golden.CheckLoss(name, loss, student);
        }

        static IEnumerable<torch.Tensor> Pixels(torch.Tensor map) => Enumerable.Range(0, (int)(map.shape[2] * map.shape[3])).Select(i => map.flatten(2).select(2, i));
    }

    private static void Mgd(GoldenCase golden)
    {
        using var free = torch.NewDisposeScope();
        var options = new Mgd { MaskRatio = golden.Number("lambda_mgd"), MaskChannels = golden.Parameters.GetProperty("mask").GetString() == "channel", Normalize = false };
        var student = golden.Input("student", gradient: true);
        var weights = golden.Weights.ToDictionary(each => each.Key, each => torch.tensor(each.Value.Values, each.Value.Shape.Dimensions.Select(size => (long)size).ToArray(), requires_grad: true));
        var aligned = weights.TryGetValue("align.weight", out var align) ? torch.nn.functional.conv2d(student, align, weights["align.bias"]) : student;
        var noise = golden.Input("masking_noise");

        var loss = options.Of(aligned, golden.Input("teacher"), noise, (weights["generation.0.weight"], weights["generation.0.bias"]), (weights["generation.2.weight"], weights["generation.2.bias"])) * golden.Number("alpha");
        loss.backward();

        golden.Check("mask_1_is_kept", options.Kept(noise));
        golden.Check("loss", loss);
        golden.Check("grad.student", student.grad!);
        foreach (var (parameter, tensor) in weights)
            golden.Check($"grad.weight.{parameter}", tensor.grad!);
    }

    private static void VitKd(GoldenCase golden)
    {
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

        golden.Leave("ids_(shuffle|restore)");                                          // how the reference comes to the mask
        golden.Check("mask_1_is_masked", loss.Masked(noise));
        golden.Check("loss_mimicking", mimic);
        golden.Check("loss_generation", generated);
        golden.Check("loss_total", mimic + generated);
        golden.Check("grad.low_student", low.grad!);
        golden.Check("grad.high_student", high.grad!);
        foreach (var (parameter, tensor) in loss.Parameters.All)
            golden.Check($"grad.weight.{parameter}", tensor.grad!);
    }

    private static void Ohem(GoldenCase golden)
    {
        foreach (var (name, match) in golden.Losses(@"(logits_\w+)\.n_min(\d+)\.thresh(.+)"))
        {
            using var free = torch.NewDisposeScope();
            var input = golden.Input(match.Groups[1].Value, gradient: true);
            var loss = OhemLoss.Of(input, Labels(golden), Number(match, 3), (long)Number(match, 2));
            golden.Check($"{name}.loss", loss);
            loss.backward();
            if (golden.Has($"{name}.grad_logits"))
                golden.Check($"{name}.grad_logits", input.grad!);
        }

        using var scope = torch.NewDisposeScope();
        const string EachPixel = "per_pixel_cross_entropy_logits_hard";
        var mean = new CrossEntropyLoss().Of(golden.Input("logits_hard"), Labels(golden));
        var expected = golden.Output(EachPixel).sum() / Labels(golden).ne(LabelMap.Ignore).sum();
        Assert.Equal(expected.ToDouble(), mean.ToDouble(), 1e-5 * expected.ToDouble());
        golden.Leave(EachPixel);                                                        // compared by its mean
    }

    private static torch.Tensor Labels(GoldenCase golden)
    {
        var labels = golden.Input("labels").to(torch.ScalarType.Int64);
        return labels.where(labels.ge(0), torch.full_like(labels, LabelMap.Ignore));
    }

    private static Feature Map(string name, torch.Tensor map) =>
        new(new FeatureTap(name, FeatureLayout.Image, (int)map.shape[2], (int)map.shape[3]), (int)map.shape[1]);

    private static double Number(Match match, int group) => match.Groups[group].Success ? double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 1;

    private static bool IsLoss(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        return Path.GetFileName(Path.GetDirectoryName(path)!).StartsWith("loss_", StringComparison.Ordinal)
            || (json.RootElement.TryGetProperty("kind", out var kind) && Kinds.ContainsKey(kind.GetString()!));
    }
}
