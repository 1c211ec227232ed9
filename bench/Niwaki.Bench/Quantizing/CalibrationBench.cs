using System.Globalization;
using Niwaki.Onnx;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>
/// <c>calibration FILE IMAGES [COUNT [ROUNDS]]</c>: what observing a float graph costs beside running it over the same pictures with all
/// cores, in turns; and the memory that it takes.
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
        var pictures = new List<float[]>();
        while (pictures.Count < count)
            pictures.AddRange(CalibrationPictures.Calibrating(context, preprocess, count - pictures.Count).Read(context));
        var graph = OnnxFile.Read(model.PathOf(OnnxModel.GraphFile));
        var prepared = Quantization.Of(graph, new Quantize { Refinements = [] }, pictures.Take(1), file, false);
        var values = prepared.Plan.Values;
        long elements = values.Sum(value => prepared.Layouts[value].Elements);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {pictures.Count} pictures, {values.Count} values of {elements / 1e6:0.0} M numbers observed, {Environment.ProcessorCount} threads; processor time"));
        var (plain, observed, whole) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            plain.Add(Time(() => Infer(graph, pictures, file)));
            observed.Add(Time(() => Observe(prepared, pictures, file)));
            whole.Add(Time(() => Quantization.Of(graph, new Quantize { Images = pictures.Count }, pictures, file, false)));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}: inference {plain[^1]:0.00} s, observed {observed[^1]:0.00} s ({observed[^1] / plain[^1]:0.00}x), quantized from file to file {whole[^1]:0.00} s ({whole[^1] / plain[^1]:0.00}x)"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"best of {rounds}: inference {plain.Min():0.00} s, observed {observed.Min() / plain.Min():0.00}x, with bias correction and writing {whole.Min() / plain.Min():0.00}x; managed memory of the observations {Memory(prepared, pictures, file)}"));
        return true;
    }

    private static void Infer(ModelProto graph, List<float[]> pictures, string where)
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

    private static Dictionary<string, Observation> Observe(Quantization prepared, List<float[]> pictures, string where)
    {
        var seen = prepared.Plan.Values.ToDictionary(value => value, _ => new Observation(), StringComparer.Ordinal);
        using var pass = new CalibrationPass(prepared.Exact, prepared.Plan.Values, prepared.Layouts, where);
        foreach (var picture in pictures)
            pass.Run(picture, seen);
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

    private static double Time(Action work)
    {
        var before = Environment.CpuUsage.TotalTime;
        work();
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
