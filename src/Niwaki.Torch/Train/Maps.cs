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

    private static bool Is(torch.Tensor map, int height, int width) => map.shape[2] == height && map.shape[3] == width;
}
