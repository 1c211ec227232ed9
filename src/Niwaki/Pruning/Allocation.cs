namespace Niwaki;

/// <summary>How a pruning budget is shared out: makes the importances of different groups comparable.</summary>
public abstract record Allocation
{
    /// <summary>For each group and unit a number; units with the smallest ones are cut first, wherever they are.</summary>
    public abstract IReadOnlyList<IReadOnlyList<double>> Comparable(IReadOnlyList<ScoredGroup> groups);

    /// <summary>Each score divided by the mean of its group.</summary>
    private protected static double[] Normalized(ScoredGroup group)
    {
        var mean = group.Scores.Average();
        return [.. group.Scores.Select(score => mean > 0 ? score / mean : 0)];
    }

    /// <summary>For each score how large a share of all scores is smaller, 0 to 1, itself counted half; equal scores share the mean of their places.</summary>
    private protected static double[] Ranks(IReadOnlyList<double> scores)
    {
        var order = Enumerable.Range(0, scores.Count).OrderBy(i => scores[i]).ToArray();
        var ranks = new double[scores.Count];
        for (var first = 0; first < order.Length;)
        {
            var next = first + 1;
            while (next < order.Length && scores[order[next]] == scores[order[first]])
                next++;
            for (var place = first; place < next; place++)
                ranks[order[place]] = (first + next) / 2.0 / scores.Count;
            first = next;
        }

        return ranks;
    }
}
