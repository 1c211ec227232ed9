namespace Niwaki.Onnx;

/// <summary>Labels that scores mean: the class with the largest; where there is one class, whether it is there.</summary>
internal static class Labelled
{
    /// <summary>In how many places two results have the same label.</summary>
    /// <param name="left">Scores [classes, places] of the graph that is compared with.</param>
    /// <param name="right">Scores of the other one.</param>
    /// <param name="classes">How many classes.</param>
    public static long Same(ReadOnlySpan<float> left, ReadOnlySpan<float> right, int classes)
    {
        var plane = left.Length / classes;
        // one class: of shares more than a half, of anything else more than zero
        float? threshold = classes > 1 ? null : IsShare(left) ? 0.5f : 0;
        var (one, other) = (Of(left, plane, classes, threshold), Of(right, plane, classes, threshold));
        long same = 0;
        for (var i = 0; i < plane; i++)
            same += one[i] == other[i] ? 1 : 0;
        return same;
    }

    private static bool IsShare(ReadOnlySpan<float> scores)
    {
        foreach (var score in scores)
        {
            if (score is < 0 or > 1)
                return false;
        }

        return true;
    }

    private static int[] Of(ReadOnlySpan<float> scores, int plane, int classes, float? threshold)
    {
        var best = new int[plane];
        var most = scores[..plane].ToArray();
        for (var i = 0; threshold is { } least && i < plane; i++)
            best[i] = most[i] > least ? 1 : 0;
        for (var label = 1; label < classes; label++)
        {
            var row = scores.Slice(label * plane, plane);
            for (var i = 0; i < plane; i++)
            {
                if (row[i] > most[i])
                    (most[i], best[i]) = (row[i], label);
            }
        }

        return best;
    }
}
