namespace Niwaki.Edge;

/// <summary>How a number behaves.</summary>
internal enum MetricKind
{
    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>How often values fell between limits.</summary>
    Histogram,
}

/// <summary>Numbers of one name, for whichever format they leave in.</summary>
/// <param name="Name">As Prometheus spells it.</param>
/// <param name="Kind">How it behaves.</param>
/// <param name="Help">One sentence.</param>
/// <param name="Unit">Of UCUM, as OpenTelemetry wants it: <c>s</c>, <c>By</c>, or <c>1</c>.</param>
/// <param name="Points">The numbers.</param>
internal sealed record MetricFamily(string Name, MetricKind Kind, string Help, string Unit, IReadOnlyList<MetricPoint> Points)
{
    /// <summary>Since when it is counted; <see langword="null"/> for the program's start.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>A number, or a histogram.</summary>
/// <param name="Labels">What it is about.</param>
/// <param name="Value">The number; of a histogram, the sum.</param>
internal sealed record MetricPoint(IReadOnlyList<KeyValuePair<string, string>> Labels, double Value)
{
    /// <summary>Of a histogram: values in each bucket, one more than there are limits.</summary>
    public IReadOnlyList<long> Counts { get; init; } = [];

    /// <summary>Of a histogram: upper limits, themselves included.</summary>
    public IReadOnlyList<double> Limits { get; init; } = [];

    /// <summary>A number without labels.</summary>
    public static MetricPoint[] Of(double value) => [new([], value)];

    /// <summary>A number with one label.</summary>
    public static MetricPoint Of(string label, string name, double value) => new([new(label, name)], value);
}
