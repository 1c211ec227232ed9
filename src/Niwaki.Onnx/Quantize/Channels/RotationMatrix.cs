using System.Numerics;

namespace Niwaki.Onnx;

/// <summary>
/// A random orthogonal matrix Q = P D P that leaves the vector of ones where it is: P is the symmetric Hadamard matrix (for widths that are no
/// power of two the Hartley matrix), whose first row is constant, and D has random signs, the first of them +1. It spreads each channel over all, and
/// because means stay, a LayerNorm without gain and offset commutes with it: its centring need not be folded away first.
/// </summary>
internal static class RotationMatrix
{
    /// <summary>Q, row by row; it is symmetric.</summary>
    public static double[] Of(int width, int seed)
    {
        var random = new Random(seed);
        var signs = new double[width];
        for (var i = 0; i < width; i++)
            signs[i] = i == 0 || random.Next(2) == 0 ? 1 : -1;
        var spread = new double[width * width];
        for (var row = 0; row < width; row++)
        {
            for (var column = 0; column < width; column++)
                spread[(row * width) + column] = Element(row, column, width);
        }

        var rotation = new double[width * width];
        Parallel.For(0, width, row =>
        {
            var target = rotation.AsSpan(row * width, width);
            for (var i = 0; i < width; i++)
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(spread.AsSpan(i * width, width), spread[(row * width) + i] * signs[i], target, target);
        });
        return rotation;
    }

    private static double Element(int row, int column, int width)
    {
        if (BitOperations.IsPow2(width))
            return (BitOperations.PopCount((uint)(row & column)) % 2 == 0 ? 1 : -1) / Math.Sqrt(width);
        var (sine, cosine) = Math.SinCos(2 * Math.PI * ((long)row * column % width) / width);
        return (sine + cosine) / Math.Sqrt(width);
    }
}
