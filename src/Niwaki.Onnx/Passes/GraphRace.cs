using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Times several graphs that take turns run by run, so that whatever else the machine does meets all of them.</summary>
/// <param name="Median">Half of the runs were shorter.</param>
/// <param name="Quartile">A quarter of the runs were shorter.</param>
/// <param name="Processor">Lower quartile of the processor time, which waiting for a busy machine does not lengthen.</param>
internal sealed record GraphRace(TimeSpan Median, TimeSpan Quartile, TimeSpan Processor)
{
    private const int WarmUp = 2;

    /// <summary>Runs them; <see langword="null"/> where an input has no fixed sizes.</summary>
    /// <param name="graphs">Of the same inputs.</param>
    /// <param name="rounds">Runs of each.</param>
    /// <param name="threads">Threads inside an operator.</param>
    /// <param name="context">Its clock, seed and Ctrl-C.</param>
    /// <param name="where">Names the graphs in an error.</param>
    public static IReadOnlyList<GraphRace>? Of(IReadOnlyList<ModelProto> graphs, int rounds, int threads, StageContext context, string where)
    {
        var inputs = GraphShapes.Inputs(graphs[0].Graph).ToArray();
        if (inputs.Any(input => !RandomInput.Fits(input)))
            return null;
        var sessions = new List<InferenceSession>();
        using var options = new RunOptions();
        var random = new Random(context.Seed);
        var drawn = inputs.ToDictionary(input => input.Name, input => new RandomInput(input, 1, random).Value());
        try
        {
            foreach (var graph in graphs)
                sessions.Add(new OrtRuntime { Threads = threads }.Open(graph, where));
            var times = graphs.Select(_ => new List<TimeSpan>()).ToArray();
            var processor = graphs.Select(_ => new List<TimeSpan>()).ToArray();
            for (var round = -WarmUp; round < rounds; round++)
            {
                for (var i = 0; i < sessions.Count; i++)
                {
                    context.Cancel.ThrowIfCancellationRequested();
                    var session = sessions[i];
                    var given = drawn.Where(input => session.InputMetadata.ContainsKey(input.Key)).ToDictionary();
                    var before = Environment.CpuUsage.TotalTime;
                    var start = context.Time.GetTimestamp();
                    OrtRuntime.Guard(where, () => session.Run(options, given, session.OutputNames)).Dispose();
                    var time = context.Time.GetElapsedTime(start);
                    if (round < 0)
                        continue;
                    times[i].Add(time);
                    processor[i].Add(Environment.CpuUsage.TotalTime - before);
                }

                context.Log.Progress("measured in turns", Math.Max(0, round + 1), rounds);
            }

            return [.. times.Zip(processor).Select(each => new GraphRace(At(each.First, 0.5), At(each.First, 0.25), At(each.Second, 0.25)))];
        }
        finally
        {
            sessions.ForEach(session => session.Dispose());
            foreach (var value in drawn.Values)
                value.Dispose();
        }
    }

    private static TimeSpan At(List<TimeSpan> times, double share) => times.Order().ElementAt((int)(share * times.Count));
}
