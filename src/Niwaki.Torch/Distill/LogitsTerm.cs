using TorchSharp;
using TorchSharp.Modules;

namespace Niwaki.Torch;

/// <summary>An objective on logits alone.</summary>
internal sealed class LogitsTerm(Func<DistillBatch, torch.Tensor> loss) : IObjectiveTerm
{
    public IReadOnlyList<string> StudentTaps => [];

    public IReadOnlyList<string> TeacherTaps => [];

    public IReadOnlyList<KeyValuePair<string, Parameter>> Parameters => [];

    public torch.Tensor Of(DistillBatch batch, Action<string, double> log) => loss(batch);

    public void Dispose()
    {
    }
}
