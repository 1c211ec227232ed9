using System.Text.Json;

namespace Niwaki.Torch;

/// <summary>
/// The curves of a training, in <see cref="TorchModel.CurvesFile"/> and in a TensorBoard event file. Values of steps are meaned over
/// an interval; <see cref="Sums"/> is what a resume needs to go on in the middle of one.
/// </summary>
internal sealed class TrainingCurves : IDisposable
{
    public const string EventsFile = "training.tfevents";

    private readonly JsonSerializerOptions json;
    private readonly AppendedFile lines;
    private readonly AppendedFile events;
    private readonly SortedDictionary<string, CurveSum> sums = new(StringComparer.Ordinal);

    public TrainingCurves(string folder, Vocabulary vocabulary, long linesLength, long eventsLength, IReadOnlyDictionary<string, CurveSum> sums)
    {
        json = new JsonSerializerOptions(vocabulary.Json) { WriteIndented = false };
        lines = new AppendedFile(Path.Combine(folder, TorchModel.CurvesFile), linesLength);
        events = new AppendedFile(Path.Combine(folder, EventsFile), eventsLength);
        foreach (var (series, sum) in sums)
            this.sums[series] = sum;
        if (events.Length == 0)
            events.Append(EventRecords.Header());
    }

    public long LinesLength => lines.Length;

    public long EventsLength => events.Length;

    public IReadOnlyDictionary<string, CurveSum> Sums => sums;

    /// <summary>Adds a step's value to the interval.</summary>
    public void Add(string series, double value) =>
        sums[series] = sums.TryGetValue(series, out var sum) ? new CurveSum(sum.Total + value, sum.Count + 1) : new CurveSum(value, 1);

    /// <summary>The mean over the interval so far.</summary>
    public double? MeanOf(string series) => sums.TryGetValue(series, out var sum) ? sum.Total / sum.Count : null;

    /// <summary>Writes the means of the interval that ends here and begins the next.</summary>
    public void EndInterval(int step)
    {
        foreach (var (series, sum) in sums)
            Write(new CurvePoint(step, series, sum.Total / sum.Count));
        sums.Clear();
    }

    /// <summary>Writes one value.</summary>
    public void Write(CurvePoint point)
    {
        if (!double.IsFinite(point.Value))
            return;
        lines.Append([.. JsonSerializer.SerializeToUtf8Bytes(point, json), (byte)'\n']);
        events.Append(EventRecords.Scalar(point));
    }

    /// <summary>Brings both files to the disk, before a checkpoint names their lengths.</summary>
    public void Persist()
    {
        lines.Persist();
        events.Persist();
    }

    public void Dispose()
    {
        lines.Dispose();
        events.Dispose();
    }
}

/// <summary>Values of a series added up.</summary>
internal sealed record CurveSum(double Total, int Count);
