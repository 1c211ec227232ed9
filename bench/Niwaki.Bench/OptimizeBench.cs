using System.Globalization;
using Niwaki.Onnx;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary><c>optimize [--rounds N] [--threads N] FILE ...</c>: float graphs of any origin against what Optimize makes of them, in turns, with each pass.</summary>
internal static class OptimizeBench
{
    public const string Help = """
        optimize [--rounds N] [--threads N] FILE ...
          FILE: any float ONNX file with fixed sizes (its batch may be open). Each is optimized for ONNX Runtime and timed in turns with the
          graph as it came; medians and lower quartiles.
        """;

    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["optimize", .. var rest])
            return false;
        var (rounds, threads, files) = (30, 1, new List<string>());
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == "--rounds")
                rounds = Number(rest[++i]);
            else if (rest[i] == "--threads")
                threads = Number(rest[++i]);
            else
                files.Add(rest[i]);
        }

        if (files.Count == 0)
            output.WriteLine(Help);
        foreach (var file in files)
        {
            var context = new StageContext(Path.GetTempPath(), new Vocabulary(typeof(Export).Assembly, typeof(Engine).Assembly), _ => throw new StageException("nothing is referenced")) { Log = new QuietLog() };
            var begun = context.Time.GetTimestamp();
            var result = Optimization.Of(OnnxFile.Read(file), new Optimize { Rounds = rounds, Threads = threads }, context, file);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file} ({threads} thread{(threads > 1 ? "s" : string.Empty)}), {context.Time.GetElapsedTime(begun).TotalSeconds:0.0} s:"));
            foreach (var line in result.Lines())
                output.WriteLine($"  {line}");
            if (Environment.GetEnvironmentVariable("NIWAKI_BENCH_OUT") is { Length: > 0 } folder)
                OnnxFile.Write(Path.Combine(folder, Path.GetFileName(file)), result.Model);
        }

        return true;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private sealed class QuietLog : IStageLog
    {
        public void Say(string message)
        {
        }

        public void Progress(string work, double done, double total, string? detail = null)
        {
        }
    }
}
