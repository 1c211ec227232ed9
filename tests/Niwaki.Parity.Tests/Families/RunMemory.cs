using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx;
using Niwaki.Onnx.Proto;

namespace Niwaki.Parity.Tests;

/// <summary>
/// What intermediate results really take while ONNX Runtime runs a network: sizes and order are those that its profile reports of the
/// run, who reads a result is read from the graph that it ran. A result is there from its node on until its last reader is done; a view
/// shares the memory of what it shows, and a node writes over its input where its kernel does (<see cref="InPlaceTests"/>) and nobody reads it later.
/// </summary>
/// <param name="Peak">Most bytes at once.</param>
/// <param name="At">The node that ran then.</param>
internal sealed record RunMemory(long Peak, string At)
{
    private static readonly HashSet<string> Views = ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"];

    /// <summary>Operators that may write over their input.</summary>
    public static readonly IReadOnlySet<string> InPlace = new HashSet<string>
    {
        "Relu", "Sigmoid", "HardSigmoid", "Tanh", "Clip", "Softmax",
    };

    /// <summary>An operator that holds a map of its own while it runs.</summary>
    public const string Scratching = "BiasGelu";

    public static RunMemory Of(RandomNetwork network)
    {
        var folder = Directory.CreateTempSubdirectory("niwaki").FullName;
        try
        {
            var model = new NetworkGraph { Batch = 1 }.Write(network.Architecture, network.Weights, network.Height, network.Width);
            var path = Path.Combine(folder, "optimized.onnx");
            // layouts for a processor's vectors would pad channels: that is the processor's, not the network's
            var runtime = new OrtRuntime { Optimization = GraphOptimizationLevel.ORT_ENABLE_EXTENDED, OptimizedGraph = path, Profile = Path.Combine(folder, "profile") };
            string profile;
            using (var session = runtime.Open(model, "exported graph"))
            {
                using var options = new RunOptions();
                using var input = OrtValue.CreateTensorValueFromMemory(network.Image.Values, [.. network.Image.Shape.Dimensions.Select(size => (long)size)]);
                session.Run(options, [NetworkGraph.Image], [input], [NetworkGraph.Logits]).Dispose();
                profile = session.EndProfiling();
            }

            return Count(ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph, Sizes(profile), network.Image.Shape.Elements * sizeof(float));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static RunMemory Count(GraphProto graph, IReadOnlyList<(string Node, long Bytes)> run, long image)
    {
        var nodes = graph.Node.ToDictionary(node => node.Name, StringComparer.Ordinal);
        var order = run.Select(each => nodes[each.Node]).ToArray();
        var buffers = new Dictionary<string, int>(StringComparer.Ordinal) { [NetworkGraph.Image] = 0 };
        var sizes = new List<long> { image };
        var last = new List<int> { 0 };
        var made = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            var node = order[i];
            var read = node.Input.Where(buffers.ContainsKey).Select(name => buffers[name]).ToArray();
            foreach (var buffer in read)
                last[buffer] = i;
            if (Views.Contains(node.OpType) && read.Length > 0)
            {
                made[i] = -1;
                foreach (var output in node.Output)
                    buffers[output] = read[0];
                continue;
            }

            made[i] = sizes.Count;
            sizes.Add(run[i].Bytes);
            last.Add(graph.Output.Any(output => node.Output.Contains(output.Name)) ? order.Length : i);
            foreach (var output in node.Output)
                buffers[output] = made[i];
        }

        var (live, peak, at) = (sizes[0], 0L, string.Empty);
        for (var i = 0; i < order.Length; i++)
        {
            var read = order[i].Input.Where(buffers.ContainsKey).Select(name => buffers[name]).Distinct().ToArray();
            var done = read.Where(buffer => last[buffer] == i).ToArray();
            if (made[i] >= 0)
            {
                var reuses = InPlace.Contains(order[i].OpType) && done.Any(buffer => sizes[buffer] == sizes[made[i]]);
                live += sizes[made[i]];
                var now = live - (reuses ? sizes[made[i]] : 0) + (order[i].OpType == Scratching ? sizes[made[i]] : 0);
                if (now > peak)
                    (peak, at) = (now, order[i].Name);
            }

            live -= done.Sum(buffer => sizes[buffer]);
        }

        return new RunMemory(peak, at);
    }

    private static List<(string Node, long Bytes)> Sizes(string profile)
    {
        const string Kernel = "_kernel_time";
        using var json = JsonDocument.Parse(File.ReadAllText(profile));
        return [.. json.RootElement.EnumerateArray()
            .Where(entry => entry.GetProperty("cat").GetString() == "Node" && entry.GetProperty("name").GetString()!.EndsWith(Kernel, StringComparison.Ordinal))
            .OrderBy(entry => entry.GetProperty("ts").GetInt64())
            .Select(entry => (entry.GetProperty("name").GetString()![..^Kernel.Length], long.Parse(entry.GetProperty("args").GetProperty("output_size").GetString()!)))];
    }
}
