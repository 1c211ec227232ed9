using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace Niwaki.Torch;

/// <summary>
/// NKD (Yang et al., arXiv:2303.13005, equation 8): the teacher's confidence weighs the cross-entropy of the label's class, and the other
/// classes are learned as a distribution of their own, renormalised without that class, so that a sure teacher still says which errors
/// are near. Where a pixel has no label (unlabelled pictures) the teacher's best class stands in for it.
/// </summary>
public sealed record Nkd : Objective
{
    /// <summary>Weight of the other classes. Default: the paper's.</summary>
    public double Gamma { get; init; } = 1.5;

    /// <summary>Softens the distributions of the other classes; their part is multiplied by its square.</summary>
    public double Temperature { get; init; } = 1;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(double.IsFinite(Gamma) && Gamma >= 0, nameof(Gamma), Gamma, "a number from 0 up");
        Require(double.IsFinite(Temperature) && Temperature > 0, nameof(Temperature), Temperature, "a number above 0");
    }

    internal override IObjectiveTerm Open(DistillPair pair) => new LogitsTerm(batch =>
    {
        using var scope = torch.NewDisposeScope();
        var places = batch.Counted.flatten().nonzero().flatten();
        if (places.shape[0] == 0)
            return (batch.StudentLogits.sum() * 0).MoveToOuterDisposeScope();
        var best = batch.TeacherLogits.argmax(1);                                       // [B, h, w]
        var labels = batch.Labels is { } known ? known.where(known.ne(LabelMap.Ignore), best) : best;
        return Of(
            Dist.Rows(batch.StudentLogits).index_select(0, places),
            Dist.Rows(batch.TeacherLogits).index_select(0, places),
            labels.flatten().index_select(0, places)).MoveToOuterDisposeScope();
    });

    /// <param name="student">Logits <c>[N, C]</c>.</param>
    /// <param name="teacher">The same.</param>
    /// <param name="labels"><c>[N]</c>, int64.</param>
    internal torch.Tensor Of(torch.Tensor student, torch.Tensor teacher, torch.Tensor labels)
    {
        using var scope = torch.NewDisposeScope();
        var target = labels.unsqueeze(1);                                               // [N, 1]
        var sure = teacher.softmax(1).gather(1, target);
        var right = -(sure * F.log_softmax(student, 1).gather(1, target)).mean();

        // far below all others: its share of a softmax is exactly 0, and no infinity meets another
        var others = torch.zeros_like(student).scatter_(1, target, torch.full_like(student, -1e4).gather(1, target));
        var believed = ((teacher / Temperature) + others).softmax(1);
        var wrong = -(believed * F.log_softmax((student / Temperature) + others, 1)).sum(1).mean();
        return (right + (wrong * (Gamma * Temperature * Temperature))).MoveToOuterDisposeScope();
    }
}
