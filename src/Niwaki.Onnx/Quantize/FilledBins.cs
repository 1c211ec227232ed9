namespace Niwaki.Onnx;

/// <summary>The bins of a histogram that have values, for searches that go over them many times.</summary>
/// <param name="Centers">The middle of each bin.</param>
/// <param name="Counts">How many values it has.</param>
/// <param name="Total">How many values all have.</param>
internal sealed record FilledBins(double[] Centers, double[] Counts, double Total)
{
    public static FilledBins Of(Histogram histogram)
    {
        var filled = new List<(double Center, double Count)>();
        for (var i = 0; i < histogram.Counts.Length; i++)
        {
            if (histogram.Counts[i] > 0)
                filled.Add((Math.Clamp(histogram.Start + ((i + 0.5) * histogram.Width), histogram.Min, histogram.Max), histogram.Counts[i]));
        }

        return new FilledBins([.. filled.Select(bin => bin.Center)], [.. filled.Select(bin => bin.Count)], histogram.Count);
    }
}
