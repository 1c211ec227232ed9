using System.Diagnostics;
using System.Globalization;
using Niwaki.Onnx;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>
/// <c>calibration FILE IMAGES [COUNT [ROUNDS]]</c>: what observing a float graph costs beside running it over the same pictures with all
/// cores, in turns, by the clock (and processor time); and the memory that it takes.
/// </summary>
internal static class CalibrationBench
{
    public const string Help = """
        calibration FILE IMAGES [COUNT [ROUNDS]]
          FILE is an ONNX file, IMAGES a folder of pictures or JSON of a dataset; COUNT pictures (64), ROUNDS turns (3).
        """;

    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["calibration", var file, var images, .. var rest])
            return false;
        var (count, rounds) = (rest.Length > 0 ? Number(rest[0]) : 64, rest.Length > 1 ? Number(rest[1]) : 3);
        using var work = new Workplace(output);
        var model = work.Adopt(file);
        var preprocess = model.Preprocess(Workplace.Vocabulary);
        var context = work.Context("pictures", DataSources.Detect(images, Workplace.Vocabulary));
        IEnumerable<float[]> Files() => CalibrationPictures.Calibrating(context, preprocess, count).Read(context);
        var pictures = new List<float[]>();
        while (pictures.Count < count)
            pictures.AddRange(Files().Take(count - pictures.Count));
        var graph = OnnxFile.Read(model.PathOf(OnnxModel.GraphFile));
        var prepared = Quantization.Of(graph, new Quantize { Refinements = [] }, pictures.Take(1), file, false);
        var values = prepared.Watched;
        long elements = values.Sum(value => prepared.Layouts[value].Elements);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {pictures.Count} pictures, {values.Count} values of {elements / 1e6:0.0} M numbers observed, {Environment.ProcessorCount} threads"));
        var (plain, apart, observed, whole, read, calibrated) = (new List<Taken>(), new List<Taken>(), new List<Taken>(), new List<Taken>(), new List<Taken>(), new List<Taken>());
        for (var round = 0; round < rounds; round++)
        {
            plain.Add(Time(() => Infer(graph, pictures, file)));
            apart.Add(Time(() => InferApart(graph, pictures, file)));
            observed.Add(Time(() => Observe(prepared, pictures, file)));
            whole.Add(Time(() => Quantization.Of(graph, new Quantize { Images = pictures.Count }, pictures, file, false)));
            read.Add(Time(() => Infer(graph, Prefetched.Of(Files(), 2), file)));
            calibrated.Add(Time(() => new CalibrationMemory().Of(string.Empty, prepared.Watched, Files(), values => new CalibrationPass(prepared.Exact, values, prepared.Layouts, file))));
            output.WriteLine($"round {round + 1}: inference {plain[^1]}, a picture a thread {apart[^1]}, observed {observed[^1]}, quantized {whole[^1]}; of files: inference {read[^1]}, observed {calibrated[^1]}");
        }

        foreach (var (name, of) in new (string, Func<Taken, double>)[] { ("clock", each => each.Clock), ("processor", each => each.Processor) })
        {
            double Ratio(List<Taken> one, List<Taken> two) => Median([.. one.Zip(two, (a, b) => of(a) / of(b))]);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, median ratio of {rounds}: observed / inference {Ratio(observed, plain):0.00}, / a picture a thread {Ratio(observed, apart):0.00}; with bias correction and writing / inference {Ratio(whole, plain):0.00}; of files {Ratio(calibrated, read):0.00}"));
        }

        output.WriteLine($"managed memory of the observations {Memory(prepared, pictures, file)}");
        return true;
    }

    private static void Infer(ModelProto graph, IEnumerable<float[]> pictures, string where)
    {
        using var session = new OrtRuntime { Threads = Environment.ProcessorCount }.Open(graph, where);
        using var options = new Microsoft.ML.OnnxRuntime.RunOptions();
        var (input, dimensions, _) = GraphProbe.InputOf(graph, where);
        foreach (var picture in pictures)
        {
            using var fed = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(picture, dimensions);
            session.Run(options, [input], [fed], [session.OutputNames[0]]).Dispose();
        }
    }

    /// <summary>The engine at its best over many pictures: one thread each, several pictures at once.</summary>
    private static void InferApart(ModelProto graph, List<float[]> pictures, string where)
    {
        using var session = new OrtRuntime { Threads = 1 }.Open(graph, where);
        using var options = new Microsoft.ML.OnnxRuntime.RunOptions();
        var (input, dimensions, _) = GraphProbe.InputOf(graph, where);
        var output = session.OutputNames[0];
        Parallel.ForEach(pictures, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, picture =>
        {
            using var fed = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(picture, dimensions);
            session.Run(options, [input], [fed], [output]).Dispose();
        });
    }

    private static Dictionary<string, Observation> Observe(Quantization prepared, List<float[]> pictures, string where)
    {
        var seen = prepared.Watched.ToDictionary(value => value, _ => new Observation(), StringComparer.Ordinal);
        using var pass = new CalibrationPass(prepared.Exact, prepared.Watched, prepared.Layouts, where);
        pass.Run(pictures, 0, seen);
        return seen;
    }

    private static Bytes Memory(Quantization prepared, List<float[]> pictures, string where)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var seen = Observe(prepared, pictures, where);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(seen);
        return new Bytes(Math.Max(0, after - before));
    }

    private static Taken Time(Action work)
    {
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        work();
        return new Taken(clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    private static double Median(double[] all) => all.Order().ElementAt(all.Length / 2);

    private readonly record struct Taken(double Clock, double Processor)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Clock:0.00} s ({Processor:0.00} s)");
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
