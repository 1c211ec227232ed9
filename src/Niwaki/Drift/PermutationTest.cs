namespace Niwaki;

/// <summary>What windows reach that are drawn from the same frames as the rest they are compared with.</summary>
internal sealed class PermutationTest
{
    private readonly int count;
    private readonly int window;
    private readonly DriftStatistic[] statistics;
    private readonly FrameStatistics[] frames;
    private readonly int[] byConfidence;
    private readonly int[] byEntropy;
    private readonly int[] confidenceBins;
    private readonly int[] entropyBins;
    private readonly double[] areaSums;
    private readonly float[] kernel;
    private readonly double kernelSum;
    private readonly double[] kernelRows;

    public PermutationTest(FrameStatistics[] frames, DriftComparison comparison, int window)
    {
        (this.frames, this.window, count) = (frames, window, frames.Length);
        statistics = [.. comparison.Reference.Thresholds.Select(threshold => threshold.Statistic)];
        (byConfidence, confidenceBins) = Ordered(frame => frame.Confidence, comparison.ConfidenceEdges);
        (byEntropy, entropyBins) = Ordered(frame => frame.Entropy, comparison.EntropyEdges);
        areaSums = [.. DriftComparison.MeanAreas(frames, frames[0].Areas.Length).Select(area => area * count)];
        var rows = comparison.Scaled(frames);
        kernel = new float[count * count];
        kernelRows = new double[count];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
            {
                if (i == j)
                    continue;
                kernel[i * count + j] = (float)Math.Exp(-Divergence.SquaredDistance(rows.AsSpan(i * comparison.Width, comparison.Width), rows.AsSpan(j * comparison.Width, comparison.Width)) / comparison.Reference.Bandwidth);
                kernelRows[i] += kernel[i * count + j];
            }
        }

        kernelSum = kernelRows.Sum();
    }

    /// <summary>For each statistic the value that it exceeds so rarely that any of them does in <paramref name="falseAlarms"/> of the partings.</summary>
    public IEnumerable<DriftThreshold> Thresholds(int permutations, double falseAlarms, Random random)
    {
        var reached = statistics.Select(_ => new double[permutations]).ToArray();
        var order = Enumerable.Range(0, count).ToArray();
        var inside = new bool[count];
        for (var permutation = 0; permutation < permutations; permutation++)
        {
            random.Shuffle(order);
            Array.Clear(inside);
            foreach (var frame in order.AsSpan(0, window))
                inside[frame] = true;
            for (var s = 0; s < statistics.Length; s++)
                reached[s][permutation] = Of(statistics[s], inside, order.AsSpan(0, window));
        }

        // how far from the top each parting is at best, over all statistics
        var rank = Enumerable.Repeat(permutations, permutations).ToArray();
        foreach (var values in reached)
        {
            var places = Enumerable.Range(0, permutations).ToArray();
            Array.Sort(values.ToArray(), places);
            for (var place = 0; place < permutations; place++)
                rank[places[place]] = Math.Min(rank[places[place]], permutations - 1 - place);
        }

        Array.Sort(rank);
        var level = rank[(int)(falseAlarms * permutations)];
        for (var s = 0; s < statistics.Length; s++)
        {
            Array.Sort(reached[s]);
            yield return new DriftThreshold(statistics[s], reached[s][permutations - 1 - Math.Min(level, permutations - 1)]);
        }
    }

    private double Of(DriftStatistic statistic, bool[] inside, ReadOnlySpan<int> chosen) => statistic switch
    {
        DriftStatistic.PsiConfidence => Psi(confidenceBins, inside),
        DriftStatistic.PsiEntropy => Psi(entropyBins, inside),
        DriftStatistic.PsiAreas => PsiOfAreas(chosen),
        DriftStatistic.KsConfidence => Ks(byConfidence, frame => frame.Confidence, inside),
        DriftStatistic.KsEntropy => Ks(byEntropy, frame => frame.Entropy, inside),
        _ => Mmd(chosen),
    };

    private static double Psi(int[] bins, bool[] inside)
    {
        Span<long> rest = stackalloc long[Divergence.Bins];
        Span<long> seen = stackalloc long[Divergence.Bins];
        rest.Clear();
        seen.Clear();
        var most = 0;
        for (var i = 0; i < bins.Length; i++)
        {
            (inside[i] ? seen : rest)[bins[i]]++;
            most = Math.Max(most, bins[i]);
        }

        return Divergence.Psi(rest[..(most + 1)], seen[..(most + 1)]);
    }

    private double PsiOfAreas(ReadOnlySpan<int> chosen)
    {
        var seen = new double[areaSums.Length];
        foreach (var frame in chosen)
        {
            for (var c = 0; c < seen.Length; c++)
                seen[c] += frames[frame].Areas[c];
        }

        var rest = new double[seen.Length];
        for (var c = 0; c < seen.Length; c++)
            (rest[c], seen[c]) = ((areaSums[c] - seen[c]) / (count - window), seen[c] / window);
        return Divergence.PsiOfAreas(rest, seen);
    }

    private double Ks(int[] order, Func<FrameStatistics, double?> of, bool[] inside)
    {
        var (seen, most) = (0, 0d);
        for (var i = 0; i < order.Length; i++)
        {
            seen += inside[order[i]] ? 1 : 0;
            // between equal numbers there is no distance to be seen
            if (i + 1 == order.Length || of(frames[order[i]]) != of(frames[order[i + 1]]))
                most = Math.Max(most, Math.Abs((double)seen / window - (double)(i + 1 - seen) / (count - window)));
        }

        return most;
    }

    private double Mmd(ReadOnlySpan<int> chosen)
    {
        double inner = 0, touching = 0;
        foreach (var i in chosen)
        {
            touching += kernelRows[i];
            foreach (var j in chosen)
                inner += kernel[i * count + j];
        }

        var across = touching - inner;
        var outer = kernelSum - 2 * across - inner;
        var rest = count - window;
        return inner / ((double)window * (window - 1)) + outer / ((double)rest * (rest - 1)) - 2 * across / ((double)window * rest);
    }

    private (int[] Order, int[] Bins) Ordered(Func<FrameStatistics, double?> of, double[] edges)
    {
        if (of(frames[0]) is null)
            return ([], []);
        var order = Enumerable.Range(0, count).ToArray();
        Array.Sort(frames.Select(frame => of(frame)!.Value).ToArray(), order);
        return (order, [.. frames.Select(frame => Divergence.BinOf(of(frame)!.Value, edges))]);
    }
}
