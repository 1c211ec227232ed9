namespace Niwaki.Edge;

/// <summary>What is told of a frame as one line of JSON.</summary>
internal sealed record FrameLine
{
    public required DateTimeOffset Time { get; init; }

    public required string Source { get; init; }

    public required string Frame { get; init; }

    public required long Number { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Mean over the pixels of the largest probability.</summary>
    public double? Confidence { get; init; }

    /// <summary>0, sure, to 1, all classes alike.</summary>
    public double? Entropy { get; init; }

    /// <summary>The share of the pixels, of the classes that are there.</summary>
    public required Dictionary<string, double> Areas { get; init; }

    /// <summary>Where the time went.</summary>
    public required FrameMilliseconds Milliseconds { get; init; }

    public static FrameLine Of(FrameResult result, IReadOnlyList<ClassInfo> classes)
    {
        var segmentation = result.Segmentation;
        return new FrameLine
        {
            Time = result.Frame.Time,
            Source = result.Source,
            Frame = result.Frame.Name,
            Number = result.Number,
            Width = segmentation.Labels.Width,
            Height = segmentation.Labels.Height,
            Confidence = segmentation.Statistics.Confidence is { } confidence ? Math.Round(confidence, 4) : null,
            Entropy = segmentation.Statistics.Entropy is { } entropy ? Math.Round(entropy, 4) : null,
            Areas = AreasOf(segmentation, classes),
            Milliseconds = FrameMilliseconds.Of(segmentation.Timing),
        };
    }

    public static Dictionary<string, double> AreasOf(Segmentation segmentation, IReadOnlyList<ClassInfo> classes) =>
        Enumerable.Range(0, classes.Count).Where(i => segmentation.Areas[i] > 0).ToDictionary(i => classes[i].Name, i => Math.Round(segmentation.Areas[i], 6), StringComparer.Ordinal);
}

/// <summary>A <see cref="FrameTiming"/> for people.</summary>
internal sealed record FrameMilliseconds(double Decode, double Prepare, double Engine, double Restore, double Statistics)
{
    public static FrameMilliseconds Of(FrameTiming timing) =>
        new(Of(timing.Decode), Of(timing.Prepare), Of(timing.Engine), Of(timing.Restore), Of(timing.Statistics));

    private static double Of(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}
