using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>The Cholesky factor of a symmetric positive definite matrix: A = L Lᵀ.</summary>
internal sealed class Cholesky
{
    private const int WorthSharing = 128;
    private readonly double[] lower;
    private readonly double[] upper;
    private readonly int size;

    private Cholesky(double[] lower, int size)
    {
        this.lower = lower;
        this.size = size;
        upper = new double[lower.Length];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
                upper[(j * size) + i] = lower[(i * size) + j];
        }
    }

    /// <summary>Factors A with a share of its mean diagonal added to the diagonal; more of it, until it is positive definite.</summary>
    /// <param name="matrix">Symmetric, with no negative number on the diagonal; not changed.</param>
    /// <param name="size">Rows.</param>
    /// <param name="damping">The share to begin with, above 0.</param>
    public static Cholesky Of(double[] matrix, int size, double damping)
    {
        double mean = 0;
        for (var i = 0; i < size; i++)
            mean += matrix[(i * size) + i] / size;
        // all zero: any factor will do
        mean = mean < 1e-30 ? 1 : mean;
        for (; damping < 1e12; damping *= 10)
        {
            if (Factor(matrix, size, damping * mean) is { } lower)
                return new Cholesky(lower, size);
        }

        throw new ArgumentException("holds numbers that are not finite", nameof(matrix));
    }

    /// <summary>L⁻¹, row by row.</summary>
    public double[] InverseLower()
    {
        // column j of the inverse lies in row j, so that sums run along rows
        var columns = new double[size * size];
        Parallel.For(0, size, new ParallelOptions { MaxDegreeOfParallelism = size < WorthSharing ? 1 : -1 }, j =>
        {
            var column = columns.AsSpan(j * size, size);
            column[j] = 1 / lower[(j * size) + j];
            for (var i = j + 1; i < size; i++)
                column[i] = -TensorPrimitives.Dot<double>(lower.AsSpan((i * size) + j, i - j), column[j..i]) / lower[(i * size) + i];
        });
        var inverse = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
                inverse[(i * size) + j] = columns[(j * size) + i];
        }

        return inverse;
    }

    /// <summary>Solves A x = b in place.</summary>
    public void Solve(Span<double> vector)
    {
        for (var i = 0; i < size; i++)
            vector[i] = (vector[i] - TensorPrimitives.Dot<double>(lower.AsSpan(i * size, i), vector[..i])) / lower[(i * size) + i];
        for (var i = size - 1; i >= 0; i--)
            vector[i] = (vector[i] - TensorPrimitives.Dot<double>(upper.AsSpan((i * size) + i + 1, size - i - 1), vector[(i + 1)..size])) / lower[(i * size) + i];
    }

    private static double[]? Factor(double[] matrix, int size, double damping)
    {
        var lower = new double[matrix.Length];
        for (var i = 0; i < size; i++)
        {
            var row = lower.AsSpan(i * size, size);
            for (var j = 0; j <= i; j++)
            {
                var rest = matrix[(i * size) + j] + (i == j ? damping : 0) - TensorPrimitives.Dot<double>(row[..j], lower.AsSpan(j * size, j));
                if (i != j)
                    row[j] = rest / lower[(j * size) + j];
                else if (rest > 0 && double.IsFinite(rest))
                    row[j] = Math.Sqrt(rest);
                else
                    return null;
            }
        }

        return lower;
    }
}
