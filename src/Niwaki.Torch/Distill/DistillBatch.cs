using TorchSharp;

namespace Niwaki.Torch;

/// <summary>What both networks said of one batch.</summary>
/// <param name="StudentLogits"><c>[B, C, h, w]</c>.</param>
/// <param name="TeacherLogits">The same size, without gradient.</param>
/// <param name="Counted"><c>[B, 1, h, w]</c>, 1 where a pixel counts and 0 elsewhere.</param>
/// <param name="Student">Features by tap name, <c>[B, C, H, W]</c>.</param>
/// <param name="Teacher">Features by tap name, <c>[B, C, H, W]</c>, without gradient.</param>
/// <param name="Seed">For random masks.</param>
internal sealed record DistillBatch(
    torch.Tensor StudentLogits,
    torch.Tensor TeacherLogits,
    torch.Tensor Counted,
    IReadOnlyDictionary<string, torch.Tensor> Student,
    IReadOnlyDictionary<string, torch.Tensor> Teacher,
    int Seed)
{
    /// <summary>The classes of the labelled pixels, <c>[B, h, w]</c>, where there are labels.</summary>
    public torch.Tensor? Labels { get; init; }
}
