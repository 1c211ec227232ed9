namespace Niwaki;

/// <summary>Finds the shares with the least error: a step up or down of one of them at a time, by ever smaller factors.</summary>
internal static class ShareSearch
{
    private const double SmallestStep = 1.002;

    // where processors usually are; the bounds keep a share that no model tells anything about from running away
    private static readonly double[] Start = [0.5, 0.25, 0.1, 0.5, 5000];
    private static readonly double[] Least = [0.01, 0.005, 0.001, 0.02, 1e2];
    private static readonly double[] Most = [1.5, 1.5, 1.5, 20, 1e6];

    public static ReachedShares Best(Func<ReachedShares, double> error)
    {
        var best = (double[])Start.Clone();
        var least = error(Shares(best));
        for (var step = 2.0; step > SmallestStep;)
        {
            var better = false;
            for (var i = 0; i < best.Length; i++)
            {
                foreach (var factor in new[] { step, 1 / step })
                {
                    var tried = (double[])best.Clone();
                    tried[i] = Math.Clamp(tried[i] * factor, Least[i], Most[i]);
                    var off = error(Shares(tried));
                    if (off < least)
                        (best, least, better) = (tried, off, true);
                }
            }

            if (!better)
                step = Math.Sqrt(step);
        }

        return Shares(best);
    }

    private static ReachedShares Shares(double[] values) => new(values[0], values[1], values[2], values[3], values[4]);
}
