using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace Niwaki.Torch;

/// <summary>Maps <c>[B, C, H, W]</c> brought to another size. The same size is the identity.</summary>
internal static class Maps
{
    /// <summary>Bilinear, without antialiasing: how logits are resized everywhere.</summary>
    /// <remarks>
    /// A linear map of each axis, and so two matrix products: the same numbers as <c>interpolate</c> in a third of its time, forward and
    /// backward, for the maps of segmentation heads.
    /// </remarks>
    public static torch.Tensor Resize(torch.Tensor map, int height, int width)
    {
        if (Is(map, height, width))
            return map.alias();
        using var scope = torch.NewDisposeScope();
        return torch.matmul(Weights(height, (int)map.shape[2]), torch.matmul(map, Weights(width, (int)map.shape[3]).t())).MoveToOuterDisposeScope();
    }

    /// <summary><c>[to, from]</c>: what each input weighs in each output of a bilinear resize.</summary>
    private static torch.Tensor Weights(int to, int from)
    {
        var weights = new float[to * from];
        for (var i = 0; i < to; i++)
        {
            var place = Math.Max(0, ((i + 0.5) * from / to) - 0.5);
            var (low, high) = ((int)place, Math.Min(from - 1, (int)place + 1));
            weights[(i * from) + low] += (float)(1 - (place - low));
            weights[(i * from) + high] += (float)(place - low);
        }

        return TensorCopies.FloatsOf(weights, [to, from]);
    }

    /// <summary>Bilinear where a side grows, means where it shrinks: no value of the larger map is passed over.</summary>
    public static torch.Tensor Align(torch.Tensor map, int height, int width)
    {
        if (Is(map, height, width))
            return map.alias();
        using var scope = torch.NewDisposeScope();
        var (rows, columns) = ((int)Math.Min(height, map.shape[2]), (int)Math.Min(width, map.shape[3]));
        var pooled = Is(map, rows, columns) ? map : F.adaptive_avg_pool2d(map, [rows, columns]);
        return Resize(pooled, height, width).MoveToOuterDisposeScope();
    }

    /// <summary>Labels <c>[B, H, W]</c> at another size: those nearest to the centres of the cells.</summary>
    public static torch.Tensor Sample(torch.Tensor labels, int height, int width)
    {
        if (labels.shape[1] == height && labels.shape[2] == width)
            return labels.alias();
        using var scope = torch.NewDisposeScope();
        return labels.index_select(1, Centres(height, (int)labels.shape[1])).index_select(2, Centres(width, (int)labels.shape[2])).MoveToOuterDisposeScope();

        static torch.Tensor Centres(int cells, int pixels) => torch.tensor(Enumerable.Range(0, cells).Select(cell => (((2L * cell) + 1) * pixels) / (2L * cells)).ToArray());
    }

    private static bool Is(torch.Tensor map, int height, int width) => map.shape[2] == height && map.shape[3] == width;
}
