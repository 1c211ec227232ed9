using System.Diagnostics;

namespace Niwaki.Onnx;

/// <summary>
/// What was seen of a float graph's values. One pass over the pictures serves every calibrator, and every set of options that leaves
/// the float graph the same; with a file, an interrupted pass goes on where it was.
/// </summary>
internal sealed class CalibrationMemory
{
    private const int Version = 2;
    private const int MostPrepared = 2;
    private readonly List<(string Key, PreparedGraph Graph)> prepared = [];
    private readonly Dictionary<string, Dictionary<string, Observation>> known = new(StringComparer.Ordinal);
    private readonly string? path;
    private long written = Stopwatch.GetTimestamp();
    private TimeSpan writing;

    /// <summary>An empty memory.</summary>
    /// <param name="path">File of the latest pass, whole or under way; none: it begins anew after an interruption.</param>
    public CalibrationMemory(string? path = null) => this.path = path;

    /// <summary>Told after every few pictures: how many are done.</summary>
    public Action<int>? Seen { get; init; }

    /// <summary>Least time between two writings of the file; the more that is to write, the longer.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A float graph made ready, or as it was made ready lately.</summary>
    /// <param name="graph">Tells graphs apart whose values differ.</param>
    /// <param name="make">Makes it ready.</param>
    public PreparedGraph Prepared(string graph, Func<PreparedGraph> make)
    {
        var at = prepared.FindIndex(each => each.Key == graph);
        var found = at >= 0 ? prepared[at].Graph : make();
        if (at >= 0)
            prepared.RemoveAt(at);
        prepared.Add((graph, found));
        if (prepared.Count > MostPrepared)
            prepared.RemoveAt(0);
        return found;
    }

    /// <summary>What was seen of values of a graph.</summary>
    /// <param name="graph">Tells graphs apart whose values differ.</param>
    /// <param name="values">The values.</param>
    /// <param name="pictures">Gone through only where a value is not known yet.</param>
    /// <param name="observe">Shows the values of one picture.</param>
    public IReadOnlyDictionary<string, Observation> Of(string graph, IReadOnlyList<string> values, IEnumerable<float[]> pictures, Func<IReadOnlyList<string>, CalibrationPass> observe)
    {
        if (!known.TryGetValue(graph, out var observations))
            known[graph] = observations = new(StringComparer.Ordinal);
        var missing = values.Where(value => !observations.ContainsKey(value)).ToArray();
        if (missing.Length == 0)
            return observations;
        var (done, seen) = Resume(graph, missing);
        using (var pass = observe(missing))
        {
            var (next, start) = (done, Stopwatch.GetTimestamp());
            foreach (var some in Prefetched.Of(pictures.Skip(done), 2 * pass.AtOnce).Chunk(2 * pass.AtOnce))
            {
                pass.Run(some, next, seen);
                next += some.Length;
                Seen?.Invoke(next);
                if (path is not null && Stopwatch.GetElapsedTime(written) >= Period + (Period > TimeSpan.Zero ? 20 * writing : TimeSpan.Zero))
                    Save(graph, next, seen);
            }

            // what took long is not repeated where what comes after it is interrupted
            if (path is not null && next > done && Stopwatch.GetElapsedTime(start) >= Period)
                Save(graph, next, seen);
        }

        foreach (var (value, observation) in seen)
            observations[value] = observation;
        return observations;
    }

    private void Save(string graph, int done, Dictionary<string, Observation> seen)
    {
        var start = Stopwatch.GetTimestamp();
        AtomicFile.Write(path!, stream =>
        {
            using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            writer.Write(Version);
            writer.Write(graph);
            writer.Write(done);
            writer.Write(seen.Count);
            foreach (var (value, observation) in seen)
            {
                writer.Write(value);
                observation.Write(writer);
            }
        });
        written = Stopwatch.GetTimestamp();
        writing = Stopwatch.GetElapsedTime(start);
    }

    private (int Done, Dictionary<string, Observation> Seen) Resume(string graph, IReadOnlyList<string> values)
    {
        var nothing = (0, values.ToDictionary(value => value, _ => new Observation(), StringComparer.Ordinal));
        if (path is null || !File.Exists(path))
            return nothing;
        try
        {
            using var reader = new BinaryReader(File.OpenRead(path));
            if (reader.ReadInt32() != Version || reader.ReadString() != graph)
                return nothing;
            var done = reader.ReadInt32();
            var count = reader.ReadInt32();
            var seen = new Dictionary<string, Observation>(StringComparer.Ordinal);
            for (var i = 0; i < count; i++)
                seen[reader.ReadString()] = Observation.Read(reader);
            return seen.Count == values.Count && values.All(seen.ContainsKey) ? (done, seen) : nothing;
        }
        catch (Exception problem) when (problem is IOException or InvalidDataException or FormatException)
        {
            // not whole: the pass begins anew
            return nothing;
        }
    }
}
