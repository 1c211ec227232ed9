namespace Niwaki;

/// <summary>What somebody may have meant.</summary>
public static class Spelling
{
    /// <summary>The candidate nearest to <paramref name="word"/>, case ignored; <see langword="null"/> where none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(word);
        var (best, distance) = candidates
            .Select(candidate => (candidate, distance: Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .DefaultIfEmpty((string.Empty, int.MaxValue))
            .MinBy(pair => pair.Item2);
        return distance <= Math.Max(1, word.Length / 3) ? best : null;
    }

    /// <summary><c>; did you mean 'x'?</c>, or nothing.</summary>
    public static string DidYouMean(string word, IEnumerable<string> candidates) => Nearest(word, candidates) is { } near ? $"; did you mean '{near}'?" : ".";

    // Damerau-Levenshtein with neighbouring letters swapped
    private static int Distance(string left, string right)
    {
        var cost = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
            cost[i, 0] = i;
        for (var j = 0; j <= right.Length; j++)
            cost[0, j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var change = cost[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(change, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[left.Length, right.Length];
    }
}
