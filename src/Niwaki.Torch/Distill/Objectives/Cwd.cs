using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace Niwaki.Torch;

/// <summary>
/// Channel-wise distillation (Shu et al., arXiv:2011.13256): each channel's map becomes a distribution over the pixels, and the student
/// follows where the teacher's channel is strong: <c>T² / (B * C) * sum of KL(teacher || student)</c>.
/// </summary>
public sealed record Cwd : Objective
{
    /// <summary>Three times the logits' cross-entropy, as published.</summary>
    public Cwd() => Weight = 3;

    /// <summary>Softens the maps. Default: the paper's for logits.</summary>
    public double Temperature { get; init; } = 4;

    /// <summary>A feature of the student, such as head.fused; its logits where it is not given.</summary>
    public string? StudentFeature { get; init; }

    /// <summary>The feature of the teacher; where it is not given, the one with the student feature's name.</summary>
    public string? TeacherFeature { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(double.IsFinite(Temperature) && Temperature > 0, nameof(Temperature), Temperature, "a number above 0");
        Require(TeacherFeature is null || StudentFeature is not null, nameof(TeacherFeature), $"'{TeacherFeature}'", "a student-feature beside it");
    }

    internal override IObjectiveTerm Open(DistillPair pair) => StudentFeature is null
        ? new LogitsTerm(batch => Of(batch.StudentLogits, batch.TeacherLogits, batch.Counted, Temperature))
        : new FeatureTerm(
            DistillPair.Named(pair.Student, StudentFeature, "cwd"),
            DistillPair.Named(pair.Teacher, TeacherFeature ?? StudentFeature, "cwd"),
            pair.Seed,
            (student, teacher, _) => Of(student, teacher, null, Temperature));

    /// <param name="student"><c>[B, C, H, W]</c>.</param>
    /// <param name="teacher">The same.</param>
    /// <param name="counted"><c>[B, 1, H, W]</c>, or nothing where all pixels count.</param>
    /// <param name="temperature">Of both softmaxes.</param>
    internal static torch.Tensor Of(torch.Tensor student, torch.Tensor teacher, torch.Tensor? counted, double temperature)
    {
        using var scope = torch.NewDisposeScope();
        var (s, t) = (student / temperature, teacher / temperature);
        if (counted is not null)
        {
            var outside = (counted - 1) * 1e4;                                          // exp gives 0, and no infinity meets another
            (s, t) = (s + outside, t + outside);
        }

        var target = F.log_softmax(t.flatten(2), 2);                                    // [B, C, H*W]
        var divergence = (target.exp() * (target - F.log_softmax(s.flatten(2), 2))).sum(2);
        if (counted is not null)
            divergence = divergence * counted.flatten(1).amax(new long[] { 1 }, keepdim: true);
        return (divergence.sum() * (temperature * temperature / (student.shape[0] * student.shape[1]))).MoveToOuterDisposeScope();
    }
}
