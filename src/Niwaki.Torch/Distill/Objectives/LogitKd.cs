using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace Niwaki.Torch;

/// <summary>
/// The teacher's softened probabilities, pixel by pixel (Hinton et al., arXiv:1503.02531):
/// <c>T² * mean over counted pixels of KL(softmax(t / T) || softmax(s / T))</c>.
/// </summary>
/// <remarks>
/// Published codes differ in the mean: this is CIRKD's. mmrazor's <c>batchmean</c> is H*W times as large, its <c>mean</c> C times as
/// small, and TorchDistiller's also lacks the T².
/// </remarks>
public sealed record LogitKd : Objective
{
    /// <summary>Softens both distributions; the higher, the more the unlikely classes count.</summary>
    public double Temperature { get; init; } = 2;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(double.IsFinite(Temperature) && Temperature > 0, nameof(Temperature), Temperature, "a number above 0");
    }

    internal override IObjectiveTerm Open(DistillPair pair) => new LogitsTerm(batch => Of(batch.StudentLogits, batch.TeacherLogits, batch.Counted, Temperature));

    /// <param name="student"><c>[B, C, H, W]</c>.</param>
    /// <param name="teacher">The same.</param>
    /// <param name="counted"><c>[B, 1, H, W]</c>, or nothing where all pixels count.</param>
    /// <param name="temperature">Of both softmaxes.</param>
    internal static torch.Tensor Of(torch.Tensor student, torch.Tensor teacher, torch.Tensor? counted, double temperature)
    {
        using var scope = torch.NewDisposeScope();
        var target = F.log_softmax(teacher / temperature, 1);
        var divergence = (target.exp() * (target - F.log_softmax(student / temperature, 1))).sum(1, keepdim: true);   // [B, 1, H, W]
        var mean = counted is null ? divergence.mean() : (divergence * counted).sum() / counted.sum().clamp_min(1);
        return (mean * (temperature * temperature)).MoveToOuterDisposeScope();
    }
}
