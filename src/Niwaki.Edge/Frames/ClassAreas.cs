namespace Niwaki.Edge;

/// <summary>How much of a picture each class has.</summary>
internal static class ClassAreas
{
    /// <summary>The share of each class.</summary>
    public static double[] Of(LabelMap labels, int classes)
    {
        // four counters, as equal neighbours would wait for each other
        Span<int> counts = stackalloc int[4 * 256];
        counts.Clear();
        var all = labels.Labels.AsSpan();
        var i = 0;
        for (; i <= all.Length - 4; i += 4)
        {
            counts[all[i]]++;
            counts[256 + all[i + 1]]++;
            counts[512 + all[i + 2]]++;
            counts[768 + all[i + 3]]++;
        }

        for (; i < all.Length; i++)
            counts[all[i]]++;
        var areas = new double[classes];
        for (var c = 0; c < classes; c++)
            areas[c] = (double)(counts[c] + counts[256 + c] + counts[512 + c] + counts[768 + c]) / all.Length;
        return areas;
    }
}
