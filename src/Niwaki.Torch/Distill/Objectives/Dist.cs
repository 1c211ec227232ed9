using TorchSharp;

namespace Niwaki.Torch;

/// <summary>
/// DIST (Huang et al., arXiv:2205.10536): one minus the correlation of teacher and student, over the classes at each pixel and over the
/// pixels for each class. It asks for the teacher's order and not for its numbers, which suits a student that is much smaller.
/// </summary>
public sealed record Dist : Objective
{
    /// <summary>Weight of the correlation over the classes of a pixel.</summary>
    public double InterWeight { get; init; } = 1;

    /// <summary>Weight of the correlation over the pixels of a class.</summary>
    public double IntraWeight { get; init; } = 1;

    /// <summary>Softens both distributions; the loss is multiplied by its square.</summary>
    public double Temperature { get; init; } = 1;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(double.IsFinite(InterWeight) && InterWeight >= 0, nameof(InterWeight), InterWeight, "a number from 0 up");
        Require(double.IsFinite(IntraWeight) && IntraWeight >= 0, nameof(IntraWeight), IntraWeight, "a number from 0 up");
        Require(double.IsFinite(Temperature) && Temperature > 0, nameof(Temperature), Temperature, "a number above 0");
    }

    internal override IObjectiveTerm Open(DistillPair pair) => new LogitsTerm(batch =>
    {
        using var scope = torch.NewDisposeScope();
        var places = batch.Counted.flatten().nonzero().flatten();
        return places.shape[0] < 2
            ? (batch.StudentLogits.sum() * 0).MoveToOuterDisposeScope()
            : Of(Rows(batch.StudentLogits).index_select(0, places), Rows(batch.TeacherLogits).index_select(0, places)).MoveToOuterDisposeScope();
    });

    /// <summary><c>[B, C, H, W]</c> to <c>[B*H*W, C]</c>.</summary>
    internal static torch.Tensor Rows(torch.Tensor map) => map.permute(0, 2, 3, 1).reshape(-1, map.shape[1]);

    /// <param name="student">Logits <c>[N, C]</c>.</param>
    /// <param name="teacher">The same.</param>
    internal torch.Tensor Of(torch.Tensor student, torch.Tensor teacher)
    {
        using var scope = torch.NewDisposeScope();
        var (s, t) = ((student / Temperature).softmax(1), (teacher / Temperature).softmax(1));
        var inter = 1 - Correlation(s, t).mean();
        var intra = 1 - Correlation(s.t(), t.t()).mean();
        return (((inter * InterWeight) + (intra * IntraWeight)) * (Temperature * Temperature)).MoveToOuterDisposeScope();
    }

    /// <summary>Pearson's, row by row.</summary>
    private static torch.Tensor Correlation(torch.Tensor left, torch.Tensor right)
    {
        var (a, b) = (left - left.mean([1], keepdim: true), right - right.mean([1], keepdim: true));
        // the root of a sum of squares has no derivative at 0, which a saturated softmax reaches
        var norms = ((a.square().sum(1) + 1e-16) * (b.square().sum(1) + 1e-16)).sqrt();
        return (a * b).sum(1) / (norms + 1e-8);
    }
}
