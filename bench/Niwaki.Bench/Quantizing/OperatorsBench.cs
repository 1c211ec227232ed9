using System.Globalization;
using System.Text.Json;
using Niwaki.Onnx;

namespace Niwaki.Bench;

/// <summary><c>operators FILE [RUNS [THREADS [shapes]]]</c>: where ONNX Runtime spends its time in a graph as it runs it, by operators.</summary>
internal static class OperatorsBench
{
    public const string Help = """
        operators FILE [RUNS [THREADS [shapes]]]
          FILE is an ONNX file; RUNS are profiled (20) with THREADS threads (1), on random numbers; with shapes, nodes of other results apart.
        """;

    private sealed record Spent(string Operator, int Nodes, double Milliseconds);

    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["operators", var file, .. var rest])
            return false;
        var (runs, threads) = (rest.Length > 0 ? Number(rest[0]) : 20, rest.Length > 1 ? Number(rest[1]) : 1);
        var folder = Directory.CreateTempSubdirectory("niwaki-operators-").FullName;
        try
        {
            var (operators, whole) = Of(file, runs, threads, rest is [_, _, "shapes"], folder);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}, {threads} thread(s), each node's best of {runs} runs under ONNX Runtime's profiler: {whole:0.00} ms"));
            output.WriteLine("| operator | nodes | ms | share |");
            output.WriteLine("|---|--:|--:|--:|");
            foreach (var each in operators)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {each.Operator} | {each.Nodes} | {each.Milliseconds:0.00} | {each.Milliseconds / whole:P1} |"));
            return true;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (Spent[] Operators, double Whole) Of(string file, int runs, int threads, bool shapes, string folder)
    {
        string profile;
        var session = new OrtRuntime { Threads = threads, Profile = Path.Combine(folder, "run") }.Open(file);
        using (var timed = new TimedGraph(session, file))
        {
            for (var i = 0; i < runs + 2; i++)
                timed.Run();
            profile = session.EndProfiling();
        }

        using var events = JsonDocument.Parse(File.ReadAllBytes(profile));
        var all = events.RootElement.EnumerateArray().Where(each => each.GetProperty("cat").GetString() is "Node" or "Session").ToArray();
        // the first two runs warm up
        var start = all.Where(each => each.GetProperty("name").GetString() == "model_run").Skip(2).Min(each => each.GetProperty("ts").GetInt64());
        // each node's best: a busy machine only ever lengthens a run
        var nodes = all.Where(each => each.GetProperty("ts").GetInt64() >= start && each.GetProperty("name").GetString()!.EndsWith("_kernel_time", StringComparison.Ordinal))
            .GroupBy(each => (Kind(each.GetProperty("args"), shapes), each.GetProperty("args").GetProperty("node_index").GetString()))
            .Select(node => (Kind: node.Key.Item1, Microseconds: node.Select(each => each.GetProperty("dur").GetInt64()).Min()))
            .GroupBy(node => node.Kind, StringComparer.Ordinal)
            .Select(group => new Spent(group.Key, group.Count(), group.Sum(node => node.Microseconds) / 1000.0))
            .OrderByDescending(each => each.Milliseconds).ToArray();
        return (nodes, nodes.Sum(each => each.Milliseconds));
    }

    private static string Kind(JsonElement node, bool shapes) =>
        node.GetProperty("op_name").GetString() + (shapes ? " " + node.GetProperty("output_type_shape").GetRawText().Replace("\"", "", StringComparison.Ordinal) : "");

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
