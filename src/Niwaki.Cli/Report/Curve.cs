using System.Text.Json;

namespace Niwaki.Cli;

/// <summary>One series of one trained model.</summary>
/// <param name="Model">The step that trained it.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Series">Such as <c>loss</c>.</param>
/// <param name="Points">Step and value, in order; smoothed and thinned out where there are many.</param>
internal sealed record Curve(string Model, int Seed, string Series, IReadOnlyList<(double Step, double Value)> Points)
{
    private const int MostPoints = 240;

    public static IReadOnlyList<Curve> Read(string run, RunIndex index, Vocabulary vocabulary) =>
        [.. index.Steps.SelectMany(step => Of(step, Path.Combine(RunFolder.FolderOf(run, step), TorchModel.CurvesFile), vocabulary))];

    /// <summary>Means of buckets: a curve of ten thousand noisy points becomes one that a person can read.</summary>
    public static IReadOnlyList<(double Step, double Value)> Thin(IReadOnlyList<(double Step, double Value)> points)
    {
        if (points.Count <= MostPoints)
            return points;
        var thin = new List<(double, double)>();
        for (var bucket = 0; bucket < MostPoints; bucket++)
        {
            var (from, to) = ((int)((long)points.Count * bucket / MostPoints), (int)((long)points.Count * (bucket + 1) / MostPoints));
            double step = 0, value = 0;
            for (var i = from; i < to; i++)
                (step, value) = (step + points[i].Step, value + points[i].Value);
            thin.Add((step / (to - from), value / (to - from)));
        }

        return Rough(thin) ? Smooth(thin) : thin;
    }

    // a schedule or a slow curve is shown as it is: averaging would shave its peaks
    private static bool Rough(List<(double Step, double Value)> points)
    {
        var range = points.Max(point => point.Value) - points.Min(point => point.Value);
        return points.Zip(points.Skip(1), (one, next) => Math.Abs(next.Value - one.Value)).Average() > 0.01 * range;
    }

    private static List<(double Step, double Value)> Smooth(List<(double Step, double Value)> points)
    {
        const int reach = MostPoints / 60;
        return [.. points.Select((point, index) =>
        {
            var side = Math.Min(reach, Math.Min(index, points.Count - 1 - index));
            return (point.Step, points.Skip(index - side).Take((2 * side) + 1).Average(near => near.Value));
        })];
    }

    private static IEnumerable<Curve> Of(RunStep step, string file, Vocabulary vocabulary) =>
        !File.Exists(file) ? [] : File.ReadLines(file).Where(line => line.Length > 0)
            .Select(line => JsonSerializer.Deserialize<CurvePoint>(line, vocabulary.Json)!)
            .GroupBy(point => point.Series)
            .Select(series => new Curve(step.Name, step.Seed, series.Key, Thin([.. series.Select(point => ((double)point.Step, point.Value))])));
}
