namespace Niwaki;

/// <summary>
/// A table of relative positions for another window as timm makes it, after BEiT (arXiv:2106.08254): the distances of the stored table are
/// taken to grow geometrically, so that near ones keep their values and far ones are stretched over the new window; linear between them.
/// </summary>
public static class GeometricTable
{
    private const double Precision = 1e-6;

    /// <summary><c>[rows * columns, heads]</c> to <c>[toRows * toColumns, heads]</c>; all four are odd.</summary>
    public static float[] Resize(ReadOnlySpan<float> table, int rows, int columns, int toRows, int toColumns)
    {
        var heads = table.Length / (rows * columns);
        var (down, across) = (Taps(rows, toRows), Taps(columns, toColumns));
        var result = new float[toRows * toColumns * heads];
        for (var i = 0; i < result.Length; i++)
        {
            var (head, x, y) = (i % heads, i / heads % toColumns, i / heads / toColumns);
            double sum = 0;
            foreach (var (row, rowWeight) in down[y])
            {
                foreach (var (column, columnWeight) in across[x])
                    sum += rowWeight * columnWeight * table[(((row * columns) + column) * heads) + head];
            }

            result[i] = (float)sum;
        }

        return result;
    }

    private static (int Source, double Weight)[][] Taps(int from, int to)
    {
        var places = Places(from, to);
        return [.. Enumerable.Range(-(to / 2), to).Select(target =>
        {
            var right = Array.FindIndex(places, place => place >= target);
            if (right == 0 || right < 0)
                return [(right < 0 ? from - 1 : 0, 1.0)];                               // beyond the stored ones
            var share = (target - places[right - 1]) / (places[right] - places[right - 1]);
            return ((int, double)[])[(right - 1, 1 - share), (right, share)];
        })];
    }

    // where the stored distances lie: the ratio is the one with which they reach as far as the new window
    private static double[] Places(int from, int to)
    {
        var (left, right, ratio) = (1.01, 1.5, 1.255);
        while (right - left > Precision)
        {
            ratio = (left + right) / 2;
            if ((1 - Math.Pow(ratio, from / 2)) / (1 - ratio) > to / 2)
                right = ratio;
            else
                left = ratio;
        }

        var (distances, place) = (new double[from / 2], 1.0);
        for (var i = 0; i < distances.Length; i++)
        {
            distances[i] = place;
            place += Math.Pow(ratio, i + 1);
        }

        return [.. distances.Reverse().Select(distance => -distance), 0, .. distances];
    }
}
