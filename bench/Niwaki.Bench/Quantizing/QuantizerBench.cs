using System.Diagnostics;
using System.Globalization;
using Niwaki.Onnx;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>
/// <c>quantizers MODEL DATA [MAXDROP [ROUNDS]]</c>: the float graph, the same with naive Q/DQ (min-max around every product), what quantize
/// gives without a search, and with one: accuracy on all validation pictures, latency in turns at 1 and 2 threads, bytes, time to quantize.
/// </summary>
internal static class QuantizerBench
{
    public const string Help = """
        quantizers MODEL DATA [MAXDROP [ROUNDS]]
          MODEL is an ONNX file or the folder of one; DATA a folder of a dataset or of photos, or JSON; MAXDROP in points (0.5).
        """;

    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["quantizers", var path, var given, .. var rest])
            return false;
        var drop = rest.Length > 0 ? double.Parse(rest[0], CultureInfo.InvariantCulture) : 0.5;
        var rounds = rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 40;
        using var work = new Workplace(output);
        var data = DataSources.Detect(given, Workplace.Vocabulary);
        var model = work.Adopt(path);
        var where = model.PathOf(OnnxModel.GraphFile);
        var preprocess = model.Preprocess(Workplace.Vocabulary);
        var exact = OnnxFile.Read(where);
        var context = work.Context("pictures", data);

        var clock = Stopwatch.StartNew();
        var lifted = Lifted(exact, where);
        var naive = NaiveQdq.Of(lifted, [.. CalibrationPictures.Calibrating(context, preprocess, 64).Read(context)], where);
        var naiveTime = clock.Elapsed;
        var (plain, plainTime) = Quantized(new Quantize { Agreement = 0 }, "plain");
        var (auto, autoTime) = Quantized(new Quantize { Agreement = 0, Auto = true, MaxDrop = drop }, "auto");

        var pictures = CalibrationPictures.Judging(context, preprocess, int.MaxValue).ReadWithMasks(context).ToArray();
        using var judge = new FidelityJudge(exact, where, pictures, preprocess, model.Classes(Workplace.Vocabulary).Count);
        (string Name, ModelProto Graph, TimeSpan Time)[] rivals = [("float", exact, TimeSpan.Zero), ("naive", naive, naiveTime), ("plain", plain, plainTime), ("auto", auto, autoTime)];
        var fidelity = rivals.Select(rival => judge.Judge(rival.Graph, CancellationToken.None)).ToArray();
        TimeSpan[][] times = [.. Enumerable.Range(1, 2).Select(threads => Latencies([.. rivals.Select(rival => rival.Graph)], threads, rounds))];
        output.WriteLine($"{Path.GetFileName(path)}, {pictures.Length} judged pictures ({(judge.HasMasks ? "with masks" : "without masks")}), Int8 products {(Cpu.MultipliesInt8 ? "in hardware" : "without VNNI")}");
        output.WriteLine("|  | mean IoU | labels as float | dB | 1 thread | 2 threads | bytes | time to quantize |");
        output.WriteLine("|---|---|---|---|---|---|---|---|");
        for (var i = 0; i < rivals.Length; i++)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {rivals[i].Name} | {fidelity[i].MeanIoU:0.0000} | {fidelity[i].Agreement:P2} | {fidelity[i].SignalToNoise:0.0} | {Print(times[0], i)} | {Print(times[1], i)} | {new Bytes(rivals[i].Graph.CalculateSize())} | {rivals[i].Time.TotalSeconds:0.0} s |"));
        return true;

        (ModelProto Graph, TimeSpan Time) Quantized(Quantize stage, string name)
        {
            var watch = Stopwatch.StartNew();
            var result = (OnnxModel)stage.Apply(model, work.Context(name + ".partial", data), work.PathOf(name));
            return (OnnxFile.Read(result.PathOf(OnnxModel.GraphFile)), watch.Elapsed);
        }
    }

    /// <summary>A converter of other people needs the same operator set.</summary>
    internal static ModelProto Lifted(ModelProto model, string where)
    {
        var copy = model.Clone();
        OpsetConversion.Lift(copy, PreparedGraph.QdqOpset, where);
        return copy;
    }

    private static TimeSpan[] Latencies(ModelProto[] graphs, int threads, int rounds)
    {
        var timed = graphs.Select(graph => new TimedGraph(graph, "a rival", threads)).ToArray();
        try
        {
            return new InterleavedTiming { Rounds = rounds, ByProcessor = threads == 1, Limit = TimeSpan.FromSeconds(60) }.Of(timed, CancellationToken.None);
        }
        finally
        {
            foreach (var graph in timed)
                graph.Dispose();
        }
    }

    private static string Print(TimeSpan[] times, int i) => string.Create(CultureInfo.InvariantCulture, $"{times[i].TotalMilliseconds:0.00} ms ({times[0] / times[i]:0.00}x)");
}
