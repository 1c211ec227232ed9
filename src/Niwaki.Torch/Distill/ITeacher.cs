using TorchSharp;

namespace Niwaki.Torch;

/// <summary>What a student asks. Answers have no gradient and belong to the caller's dispose scope.</summary>
internal interface ITeacher : IDisposable
{
    /// <summary>What it offers beside logits.</summary>
    IReadOnlyList<Feature> Features { get; }

    /// <summary>Logits <c>[B, C, h, w]</c> and the asked features as <c>[B, C, H, W]</c>.</summary>
    (torch.Tensor Logits, IReadOnlyDictionary<string, torch.Tensor> Features) Answer(torch.Tensor images, IReadOnlySet<string> taps);
}
