namespace Niwaki.Vision;

/// <summary>Counts labels.</summary>
internal static class LabelCounts
{
    /// <summary>Pixels of each class, up to the last class that occurs.</summary>
    public static long[] Of(LabelMap map)
    {
        var counts = new long[256];
        var labels = map.Labels.AsSpan(0, map.Width * map.Height);
        while (labels.Length > 0)
        {
            // labels come in runs, and the search for the end of one is vectorised
            var run = labels.IndexOfAnyExcept(labels[0]);
            run = run < 0 ? labels.Length : run;
            counts[labels[0]] += run;
            labels = labels[run..];
        }

        return counts[..(counts.AsSpan(0, LabelMap.Ignore).LastIndexOfAnyExcept(0) + 1)];
    }

    /// <summary>The place of the <paramref name="rank"/>-th pixel of a class, from 0.</summary>
    public static int Find(LabelMap map, byte label, long rank)
    {
        var labels = map.Labels.AsSpan(0, map.Width * map.Height);
        for (var at = 0; ;)
        {
            at += labels[at..].IndexOf(label);
            var run = labels[at..].IndexOfAnyExcept(label);
            run = run < 0 ? labels.Length - at : run;
            if (rank < run)
                return at + (int)rank;
            rank -= run;
            at += run;
        }
    }
}
