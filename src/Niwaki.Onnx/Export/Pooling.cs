namespace Niwaki.Onnx;

/// <summary>Adaptive average pooling as a matrix.</summary>
internal static class Pooling
{
    /// <summary>
    /// <c>[height * width, bins down * bins across]</c>: the share of each pixel in each bin. Bin i of n covers pixels
    /// floor(i * size / n) to ceil((i + 1) * size / n), as torch has it: bins overlap where n does not divide the size.
    /// </summary>
    public static float[] Bins(int height, int width, int down, int across)
    {
        var matrix = new float[height * width * down * across];
        for (var bin = 0; bin < down * across; bin++)
        {
            var (top, bottom) = Bin(bin / across, down, height);
            var (left, right) = Bin(bin % across, across, width);
            for (var y = top; y < bottom; y++)
            {
                for (var x = left; x < right; x++)
                    matrix[(((y * width) + x) * down * across) + bin] = 1f / ((bottom - top) * (right - left));
            }
        }

        return matrix;
    }

    private static (int Start, int End) Bin(int index, int bins, int size) =>
        (index * size / bins, (((index + 1) * size) + bins - 1) / bins);
}
