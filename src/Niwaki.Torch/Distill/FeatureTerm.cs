using TorchSharp;
using TorchSharp.Modules;
using F = TorchSharp.torch.nn.functional;

namespace Niwaki.Torch;

/// <summary>
/// An objective on one feature of each network: brought to one grid, and the student's to the teacher's channels by a 1 x 1
/// convolution where they differ.
/// </summary>
internal sealed class FeatureTerm : IObjectiveTerm
{
    private readonly Feature student;
    private readonly Feature teacher;
    private readonly TermParameters parameters;
    private readonly Func<torch.Tensor, torch.Tensor, int, torch.Tensor> loss;
    private readonly (Parameter Weight, Parameter Bias)? projection;

    /// <param name="student">Its feature.</param>
    /// <param name="teacher">Its feature.</param>
    /// <param name="seed">Of the projection.</param>
    /// <param name="loss">Takes both maps, of one shape, and the batch's seed.</param>
    /// <param name="further">Further parameters that the loss reads.</param>
    public FeatureTerm(Feature student, Feature teacher, int seed, Func<torch.Tensor, torch.Tensor, int, torch.Tensor> loss, TermParameters? further = null)
    {
        (this.student, this.teacher, this.loss) = (student, teacher, loss);
        parameters = further ?? new TermParameters(seed);
        if (student.Channels != teacher.Channels)
            projection = parameters.Linear("align", student.Channels, teacher.Channels);
    }

    public IReadOnlyList<string> StudentTaps => [student.Tap.Name];

    public IReadOnlyList<string> TeacherTaps => [teacher.Tap.Name];

    public IReadOnlyList<KeyValuePair<string, Parameter>> Parameters => parameters.All;

    public torch.Tensor Of(DistillBatch batch, Action<string, double> log)
    {
        using var scope = torch.NewDisposeScope();
        var (s, t) = FeatureMaps.Align(batch.Student[student.Tap.Name], batch.Teacher[teacher.Tap.Name]);
        if (projection is var (weight, bias))
            s = F.conv2d(s, weight.unsqueeze(2).unsqueeze(3), bias);
        return loss(s, t, batch.Seed).MoveToOuterDisposeScope();
    }

    public void Dispose() => parameters.Dispose();
}
