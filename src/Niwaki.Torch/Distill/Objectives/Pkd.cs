using TorchSharp;

namespace Niwaki.Torch;

/// <summary>
/// PKD (Cao et al., arXiv:2207.02039): half the mean squared difference of features whose channels were brought to zero mean and unit
/// variance over the batch, which is one minus their correlation.
/// </summary>
public sealed record Pkd : Objective
{
    /// <summary>Name of the student's feature; where it is not given, its last stage.</summary>
    public string? StudentFeature { get; init; }

    /// <summary>Name of the teacher's feature; where it is not given, its last stage.</summary>
    public string? TeacherFeature { get; init; }

    internal override IObjectiveTerm Open(DistillPair pair) => new FeatureTerm(
        StudentFeature is null ? DistillPair.Deep(pair.Student, "pkd") : DistillPair.Named(pair.Student, StudentFeature, "pkd"),
        TeacherFeature is null ? DistillPair.Deep(pair.Teacher, "pkd") : DistillPair.Named(pair.Teacher, TeacherFeature, "pkd"),
        pair.Seed,
        (student, teacher, _) => Of(student, teacher));

    internal static torch.Tensor Of(torch.Tensor student, torch.Tensor teacher)
    {
        using var scope = torch.NewDisposeScope();
        var difference = FeatureMaps.Standardize(FeatureMaps.Tokens(student)) - FeatureMaps.Standardize(FeatureMaps.Tokens(teacher));
        return (difference.square().mean() / 2).MoveToOuterDisposeScope();
    }
}
