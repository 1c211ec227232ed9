using TorchSharp;

namespace Niwaki.Torch;

/// <summary>
/// Masked generative distillation (Yang et al., arXiv:2205.01529): the teacher's feature is generated from the student's, of which a
/// random part is set to zero. The 1 x 1 alignment and the generation block are dropped after the training.
/// </summary>
public sealed record Mgd : Objective
{
    /// <summary>Name of the student's feature; where it is not given, its last stage.</summary>
    public string? StudentFeature { get; init; }

    /// <summary>Name of the teacher's feature; where it is not given, its last stage.</summary>
    public string? TeacherFeature { get; init; }

    /// <summary>Share of the pixels (or channels) that are set to zero. Default: the paper's for segmentation.</summary>
    public double MaskRatio { get; init; } = 0.75;

    /// <summary>Masks channels instead of pixels, as the paper does for classification (with a ratio of 0.15).</summary>
    public bool MaskChannels { get; init; }

    /// <summary>Standardised channels and the mean of squares; otherwise raw features and sums over the batch size, as in the reference code (weights there: 2e-5 for pixels, 7e-5 for channels).</summary>
    public bool Normalize { get; init; } = true;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(MaskRatio is > 0 and < 1, nameof(MaskRatio), MaskRatio, "a share between 0 and 1");
    }

    internal override IObjectiveTerm Open(DistillPair pair)
    {
        var student = StudentFeature is null ? DistillPair.Deep(pair.Student, "mgd") : DistillPair.Named(pair.Student, StudentFeature, "mgd");
        var teacher = TeacherFeature is null ? DistillPair.Deep(pair.Teacher, "mgd") : DistillPair.Named(pair.Teacher, TeacherFeature, "mgd");
        var parameters = new TermParameters(pair.Seed);
        var generation = (parameters.Conv("generation.0", teacher.Channels), parameters.Conv("generation.2", teacher.Channels));
        return new FeatureTerm(student, teacher, pair.Seed, (s, t, seed) => Of(s, t, Noise(t.shape, seed), generation.Item1, generation.Item2), parameters);
    }

    internal torch.Tensor Of(torch.Tensor student, torch.Tensor teacher, torch.Tensor noise, (torch.Tensor Weight, torch.Tensor Bias) first, (torch.Tensor Weight, torch.Tensor Bias) second)
    {
        using var scope = torch.NewDisposeScope();
        var kept = Kept(noise);
        var generated = FeatureMaps.Generate(student * kept, first, second);
        if (!Normalize)
            return ((generated - teacher).square().sum() / student.shape[0]).MoveToOuterDisposeScope();
        return (FeatureMaps.Tokens(generated) - FeatureMaps.Standardize(FeatureMaps.Tokens(teacher))).square().mean().MoveToOuterDisposeScope();
    }

    /// <summary>1 where the student's feature is kept. The reference code compares from opposite sides in its two variants.</summary>
    internal torch.Tensor Kept(torch.Tensor noise) => (MaskChannels ? noise.ge(MaskRatio) : noise.le(1 - MaskRatio)).to(torch.ScalarType.Float32);

    private torch.Tensor Noise(long[] shape, int seed) =>
        MaskChannels ? FeatureMaps.Noise(seed, shape[0], shape[1], 1, 1) : FeatureMaps.Noise(seed, shape[0], 1, shape[2], shape[3]);
}
