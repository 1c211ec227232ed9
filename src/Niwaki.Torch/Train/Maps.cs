using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace Niwaki.Torch;

/// <summary>Maps <c>[B, C, H, W]</c> brought to another size. The same size is the identity.</summary>
internal static class Maps
{
    /// <summary>Bilinear, without antialiasing: how logits are resized everywhere.</summary>
    public static torch.Tensor Resize(torch.Tensor map, int height, int width) =>
        Is(map, height, width) ? map.alias() : F.interpolate(map, [height, width], mode: torch.InterpolationMode.Bilinear, align_corners: false);

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
