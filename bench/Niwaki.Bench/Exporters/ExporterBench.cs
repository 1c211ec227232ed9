using System.Diagnostics;
using System.Globalization;
using Niwaki.Onnx;

namespace Niwaki.Bench;

/// <summary>
/// <c>exporters FOLDER [ROUNDS [TARGET [NAME ...]]]</c>: our export against the graph that PyTorch's own exporter writes for the same weights, in float32
/// and in 8 bits (ours by Quantize, theirs with Q/DQ around every product), at 1 and 2 threads; the graphs take turns run by run.
/// </summary>
internal static class ExporterBench
{
    public const string Help = """
        exporters FOLDER [ROUNDS [TARGET [NAME ...]]]
          FOLDER holds, for each of swin_t, vit_b_16 and resnet18 that is to be compared,
            NAME.onnx         what torch.onnx.export writes for torchvision's network in eval mode at [1, 3, 224, 224], opset 13 or newer
            NAME.safetensors  or NAME.pth: the state of the same network under torchvision's names (the weights need not be trained, but
                              should not be those of a fresh network either: with nearly constant logits an agreement says nothing)
          TARGET is portable (default), onnxruntime or tensorrt8.
        """;

    private static readonly int[] Threads = [1, 2];

    /// <summary>Carries out the command; says whether the words were one of its own.</summary>
    public static bool Run(string[] args, TextWriter output)
    {
        switch (args)
        {
            case ["exporters-time", var threads, var rounds, .. var folders]:
                GraphTiming.Measure(Number(threads), Number(rounds), folders, output);
                return true;
            case ["exporters-memory", var threads, var folder]:
                GraphTiming.Memory(Number(threads), folder, output);
                return true;
            case ["exporters", var folder, .. var rest]:
                Compare(folder, rest.Length > 0 ? Number(rest[0]) : 40, rest.Length > 1 ? Enum.Parse<ExportTarget>(rest[1], ignoreCase: true) : default, rest.Length > 2 ? rest[2..] : [.. Rivals.Names], output);
                return true;
            case ["exporters" or "--help", ..]:
                output.WriteLine(Help);
                output.WriteLine(CalibrationBench.Help);
                output.WriteLine(QuantizerBench.Help);
                output.WriteLine(KindsBench.Help);
                return true;
            default:
                return false;
        }
    }

    private static void Compare(string folder, int rounds, ExportTarget target, IReadOnlyList<string> names, TextWriter output)
    {
        var work = Directory.CreateTempSubdirectory("niwaki-exporters-").FullName;
        try
        {
            foreach (var name in names.Where(name => File.Exists(Path.Combine(folder, $"{name}.onnx"))))
            {
                var rivals = new Rivals(folder, name, work) { Target = target };
                rivals.Prepare(output);
                Report(rivals, rounds, output);
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void Report(Rivals rivals, int rounds, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rivals.Name} ({rivals.Target}): exported and proved in {rivals.ExportTime.TotalSeconds:0.00} s ({rivals.ExportProcessorTime.TotalSeconds:0.00} s of processor time)"));
        (string Kind, string Theirs, string Ours)[] pairs = [("float32", rivals.Theirs, rivals.Ours), ("int8", rivals.TheirsInt8, rivals.OursInt8)];
        foreach (var (kind, theirs, ours) in pairs)
        {
            var (same, difference) = rivals.Agreement(rivals.Theirs, ours);
            var (theirSame, theirDifference) = rivals.Agreement(rivals.Theirs, theirs);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {kind}: nodes {Rivals.Nodes(theirs)} -> {Rivals.Nodes(ours)}; peak memory {Memory(theirs)} -> {Memory(ours)}; top-1 as theirs in float32: {theirSame:p0} -> {same:p0}, largest difference {theirDifference:g2} -> {difference:g2} of the range"));
            foreach (var threads in Threads)
            {
                GraphTiming[] times = [.. Child("exporters-time", $"{threads}", $"{rounds}", theirs, ours).Select(GraphTiming.Parse)];
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {kind}, {threads} thread{(threads > 1 ? "s" : string.Empty)}: {Ratio("median", time => time.Median)}, {Ratio("lower quartile", time => time.Quartile)}, {Ratio("best", time => time.Best)}, {Ratio("processor time", time => time.Processor)}"));

                string Ratio(string what, Func<GraphTiming, double> of) => string.Create(CultureInfo.InvariantCulture, $"{what} {of(times[0]):0.0} -> {of(times[1]):0.0} ms = {of(times[0]) / of(times[1]):0.000}x");
            }
        }
    }

    private static Bytes Memory(string folder) => new(long.Parse(Child("exporters-memory", "1", folder)[0], CultureInfo.InvariantCulture));

    private static string[] Child(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries) : throw new InvalidOperationException($"{arguments[0]} ended with {process.ExitCode}.");
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
