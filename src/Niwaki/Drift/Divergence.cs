using System.Numerics;

namespace Niwaki;

/// <summary>Distances between what was seen and what was expected.</summary>
internal static class Divergence
{
    /// <summary>Bins of a population stability index: the usual tenths.</summary>
    public const int Bins = 10;

    private const double AreaFloor = 1e-3;

    /// <summary>The values that part sorted numbers into <see cref="Bins"/> equal parts; fewer where many numbers are equal.</summary>
    public static double[] Edges(ReadOnlySpan<double> sorted)
    {
        var edges = new List<double>();
        for (var bin = 1; bin < Bins; bin++)
        {
            var edge = sorted[(int)((long)bin * sorted.Length / Bins)];
            if (edge > sorted[0] && (edges.Count == 0 || edge > edges[^1]))
                edges.Add(edge);
        }

        return [.. edges];
    }

    /// <summary>The bin of a value: how many edges are not above it.</summary>
    public static int BinOf(double value, ReadOnlySpan<double> edges)
    {
        var bin = 0;
        while (bin < edges.Length && value >= edges[bin])
            bin++;
        return bin;
    }

    /// <summary>Population stability index of two counts, half a count added to each bin so that an empty one is not infinite.</summary>
    public static double Psi(ReadOnlySpan<long> expected, ReadOnlySpan<long> seen)
    {
        double all = 0.5 * expected.Length, now = 0.5 * seen.Length, sum = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            all += expected[i];
            now += seen[i];
        }

        for (var i = 0; i < expected.Length; i++)
            sum += Term((expected[i] + 0.5) / all, (seen[i] + 0.5) / now);
        return sum;
    }

    /// <summary>Population stability index of two sets of areas; a class below a thousandth counts as one of a thousandth.</summary>
    public static double PsiOfAreas(ReadOnlySpan<double> expected, ReadOnlySpan<double> seen)
    {
        var (scale, sum) = (1 + expected.Length * AreaFloor, 0d);
        for (var i = 0; i < expected.Length; i++)
            sum += Term((expected[i] + AreaFloor) / scale, (seen[i] + AreaFloor) / scale);
        return sum;
    }

    /// <summary>The largest distance between two empirical distributions.</summary>
    /// <param name="first">Sorted.</param>
    /// <param name="second">Sorted.</param>
    public static double KolmogorovSmirnov(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        var (i, j, most) = (0, 0, 0d);
        while (i < first.Length && j < second.Length)
        {
            var at = Math.Min(first[i], second[j]);
            while (i < first.Length && first[i] <= at)
                i++;
            while (j < second.Length && second[j] <= at)
                j++;
            most = Math.Max(most, Math.Abs((double)i / first.Length - (double)j / second.Length));
        }

        return most;
    }

    /// <summary>The squared distance of two rows.</summary>
    public static float SquaredDistance(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        var (sum, i) = (0f, 0);
        var sums = Vector<float>.Zero;
        for (; i <= first.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var apart = new Vector<float>(first[i..]) - new Vector<float>(second[i..]);
            sums += apart * apart;
        }

        for (; i < first.Length; i++)
            sum += (first[i] - second[i]) * (first[i] - second[i]);
        return sum + Vector.Sum(sums);
    }

    /// <summary>The squared distance of a row to the third nearest of many: one neighbour may be there by chance.</summary>
    /// <param name="row">The row.</param>
    /// <param name="rows">The many, one after the other.</param>
    /// <param name="except">One of them that does not count, by its index: the row itself.</param>
    public static float ThirdNearest(ReadOnlySpan<float> row, ReadOnlySpan<float> rows, int except = -1)
    {
        var (first, second, third) = (float.MaxValue, float.MaxValue, float.MaxValue);
        for (var i = 0; i < rows.Length / row.Length; i++)
        {
            if (i == except)
                continue;
            var distance = SquaredDistance(row, rows.Slice(i * row.Length, row.Length));
            if (distance < first)
                (first, second, third) = (distance, first, second);
            else if (distance < second)
                (second, third) = (distance, second);
            else if (distance < third)
                third = distance;
        }

        return third;
    }

    private static double Term(double expected, double seen) => (seen - expected) * Math.Log(seen / expected);
}
