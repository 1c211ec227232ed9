using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Runs a float graph on pictures and counts the values inside it: several pictures at once on a thread each, as far as memory allows.</summary>
internal sealed class CalibrationPass : IDisposable
{
    private readonly GraphProbe probe;
    private readonly IReadOnlyList<string> values;
    private readonly IReadOnlyDictionary<string, ValueLayout> layouts;
    private readonly string where;

    /// <summary>Opens a graph.</summary>
    /// <param name="model">In float; it is not changed.</param>
    /// <param name="values">What is counted.</param>
    /// <param name="layouts">The sizes of the values.</param>
    /// <param name="where">Names the graph in an error.</param>
    /// <param name="most">At most so many pictures at once; 0: one for each core.</param>
    public CalibrationPass(ModelProto model, IReadOnlyList<string> values, IReadOnlyDictionary<string, ValueLayout> layouts, string where, int most = 0)
    {
        (this.values, this.layouts, this.where) = (values, layouts, where);
        AtOnce = (int)Math.Clamp(GraphProbe.BytesAtOnce / Math.Max(1, 4 * values.Sum(value => layouts[value].Elements)), 1, most > 0 ? most : Environment.ProcessorCount);
        probe = new GraphProbe(model, values, where, threads: Math.Max(1, Environment.ProcessorCount / AtOnce));
    }

    /// <summary>How many pictures run at once.</summary>
    public int AtOnce { get; }

    /// <summary>Counts pictures; what is seen does not depend on how they are cut into calls, nor on how many run at once.</summary>
    /// <param name="pictures">Preprocessed, [3, H, W].</param>
    /// <param name="first">How many were counted before them.</param>
    /// <param name="seen">What was seen of each value.</param>
    /// <exception cref="StageException">A value is not finite.</exception>
    public void Run(IReadOnlyList<float[]> pictures, int first, IReadOnlyDictionary<string, Observation> seen)
    {
        var ranges = values.ToDictionary(value => value, _ => new ValueRange[pictures.Count], StringComparer.Ordinal);
        try
        {
            Parallel.For(0, pictures.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, i => Count(pictures[i], first + i, seen, (value, range) => ranges[value][i] = range));
        }
        catch (AggregateException problem) when (problem.Flatten().InnerExceptions[0] is StageException wrong)
        {
            throw wrong;
        }

        foreach (var (value, all) in ranges)
            seen[value].Keep(all);
    }

    /// <inheritdoc/>
    public void Dispose() => probe.Dispose();

    private void Count(float[] picture, int number, IReadOnlyDictionary<string, Observation> seen, Action<string, ValueRange> keep) => probe.Run(picture, values, layouts, (value, data, _) =>
    {
        try
        {
            keep(value, seen[value].Count(data, number));
        }
        catch (ArgumentException)
        {
            throw new StageException($"{where}: {value} holds numbers that are not finite on a calibration picture. The float model itself is broken: measure it, and train or export it again.");
        }
    }, inParallel: AtOnce == 1);
}
