using System.Runtime.InteropServices;
using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Any other model that an <see cref="Engine"/> runs, such as an ONNX file: it teaches with its logits alone.</summary>
internal sealed class EngineTeacher(ISegmenter segmenter, string name) : ITeacher
{
    public IReadOnlyList<Feature> Features => [];

    public (torch.Tensor Logits, IReadOnlyDictionary<string, torch.Tensor> Features) Answer(torch.Tensor images, IReadOnlySet<string> taps)
    {
        using var scope = torch.NewDisposeScope();
        var plain = images.contiguous();
        var values = MemoryMarshal.Cast<byte, float>(plain.bytes);
        var (count, size) = ((int)images.shape[0], (int)(images.NumberOfElements / images.shape[0]));
        var answers = new torch.Tensor[count];
        for (var i = 0; i < count; i++)
        {
            var answer = segmenter.Run(values.Slice(i * size, size));
            if (answer.Scores.Length == 0)
                throw new StageException($"The teacher '{name}' gives labels and no logits. Export it without the fused argmax.");
            answers[i] = TensorCopies.FloatsOf(answer.Scores, [1, answer.Classes, answer.Height, answer.Width]);
        }

        return (torch.cat(answers).MoveToOuterDisposeScope(), new Dictionary<string, torch.Tensor>());
    }

    public void Dispose() => segmenter.Dispose();
}
