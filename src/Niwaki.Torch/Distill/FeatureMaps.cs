using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace Niwaki.Torch;

/// <summary>What objectives on features share.</summary>
internal static class FeatureMaps
{
    /// <summary>Both maps at the smaller of both grids: what one does not resolve the other cannot be asked for.</summary>
    public static (torch.Tensor Student, torch.Tensor Teacher) Align(torch.Tensor student, torch.Tensor teacher)
    {
        var (height, width) = ((int)Math.Min(student.shape[2], teacher.shape[2]), (int)Math.Min(student.shape[3], teacher.shape[3]));
        return (Maps.Align(student, height, width), Maps.Align(teacher, height, width));
    }

    /// <summary><c>[B, C, H, W]</c> to <c>[B, H*W, C]</c>.</summary>
    public static torch.Tensor Tokens(torch.Tensor map) => map.flatten(2).transpose(1, 2);

    /// <summary>Each channel to zero mean and unit variance over the batch, so that no channel and no teacher counts more than another.</summary>
    public static torch.Tensor Standardize(torch.Tensor tokens)
    {
        var mean = tokens.mean([0, 1], keepdim: true);
        var centered = tokens - mean;
        return centered / (centered.square().mean([0, 1], keepdim: true) + 1e-6).sqrt();
    }

    /// <summary>Two 3 x 3 convolutions with a ReLU between them: the generation block of MGD and ViTKD.</summary>
    public static torch.Tensor Generate(torch.Tensor map, (torch.Tensor Weight, torch.Tensor Bias) first, (torch.Tensor Weight, torch.Tensor Bias) second) =>
        F.conv2d(F.conv2d(map, first.Weight, first.Bias, padding: [1, 1]).relu(), second.Weight, second.Bias, padding: [1, 1]);

    /// <summary>Uniform numbers 0..1.</summary>
    public static torch.Tensor Noise(int seed, params long[] shape)
    {
        var random = new Random(seed);
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle();
        return TensorCopies.FloatsOf(values, shape);
    }
}
